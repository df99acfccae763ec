// SPDX-License-Identifier: MIT
// Wallet contracts that the sign-in tests put on a dev chain.
pragma solidity ^0.8.20;

library Signatures {
  bytes4 internal constant OK = 0x1626ba7e;
  bytes4 internal constant NO = 0xffffffff;

  function by(address owner, bytes32 hash, bytes memory signature) internal pure returns (bytes4) {
    if (signature.length != 65) return NO;
    bytes32 r; bytes32 s; uint8 v;
    assembly {
      r := mload(add(signature, 32))
      s := mload(add(signature, 64))
      v := byte(0, mload(add(signature, 96)))
    }
    return owner != address(0) && ecrecover(hash, v, r, s) == owner ? OK : NO;
  }
}

contract OwnedWallet {
  address public owner;
  constructor(address _owner) { owner = _owner; }
  function give(address _owner) external { owner = _owner; }
  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
    return Signatures.by(owner, hash, signature);
  }
}

contract Factory {
  function deploy(bytes32 salt, address owner) external returns (address) {
    return address(new OwnedWallet{salt: salt}(owner));
  }
  function predict(bytes32 salt, address owner) external view returns (address) {
    bytes32 code = keccak256(abi.encodePacked(type(OwnedWallet).creationCode, abi.encode(owner)));
    return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
  }
  function nothing() external {}
}

// as a Safe: an empty signature stands for a hash that the owners approved on chain
contract SafeLike {
  mapping(bytes32 => bool) public approved;
  function approve(bytes32 hash) external { approved[hash] = true; }
  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
    require(signature.length == 0 && approved[hash], "Hash not approved");
    return Signatures.OK;
  }
}

// EIP-7702 delegates: one that wants its own wrapping, one that knows nothing of ERC-1271
contract WrappingDelegate {
  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
    if (signature.length != 66 || signature[0] != 0x01) return Signatures.NO;
    return Signatures.by(address(this), hash, signature[1:]);
  }
}

contract SilentDelegate {
  function ping() external pure returns (uint) { return 1; }
}

contract GasEater {
  function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
    while (true) {}
    return Signatures.OK;
  }
}

// an ENS registry whose only resolver is itself
contract Ens {
  mapping(bytes32 => address) public resolver;
  mapping(bytes32 => string) public name;
  mapping(bytes32 => address) public addr;
  function say(bytes32 node, string calldata _name) external { resolver[node] = address(this); name[node] = _name; }
  function point(bytes32 node, address _addr) external { resolver[node] = address(this); addr[node] = _addr; }
}
