// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// players that are contracts: whoever pays them must not depend on what they do

interface Escrow {
  function withdraw(address payable to) external;
}

contract Refuser { // takes no ether
  function run(address to, bytes calldata data) external payable {
    (bool done, ) = to.call{value: msg.value}(data);
    require(done, "refused");
  }
}

contract Greedy is Refuser { // asks again while it is paid
  uint256 public paid;

  receive() external payable {
    paid++;
    try Escrow(msg.sender).withdraw(payable(address(this))) {} catch {}
  }
}
