// SPDX-License-Identifier: CC0-1.0
// The reference implementation of ERC-6492 (https://eips.ethereum.org/EIPS/eip-6492, CC0), for one eth_call that is
// never sent. Two changes: it always validates with side effects, since nothing of an eth_call lasts; and the last
// step, ecrecover, is gone. The server has recovered the signer before it asks a chain, and a bare ecrecover would
// accept a high s, and any junk for the zero address.
pragma solidity ^0.8.20;

interface IERC1271Wallet {
  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4 magicValue);
}

error ERC1271Revert(bytes error);
error ERC6492CallFailed(bytes error);
error ERC6492DeploySilentlyFailed();

contract UniversalSigValidator {
  bytes32 private constant ERC6492_DETECTION_SUFFIX = 0x6492649264926492649264926492649264926492649264926492649264926492;
  bytes4 private constant ERC1271_SUCCESS = 0x1626ba7e;

  function isValidSigImpl(address _signer, bytes32 _hash, bytes calldata _signature, bool tryPrepare)
    public returns (bool)
  {
    uint contractCodeLen = _signer.code.length;
    bytes memory sigToValidate;
    bool isCounterfactual = _signature.length >= 32
      && bytes32(_signature[_signature.length-32:_signature.length]) == ERC6492_DETECTION_SUFFIX;
    bytes memory callErr;
    bool callSuccess;
    if (isCounterfactual) {
      address create2Factory;
      bytes memory factoryCalldata;
      (create2Factory, factoryCalldata, sigToValidate) = abi.decode(_signature[0:_signature.length-32], (address, bytes, bytes));

      if (contractCodeLen == 0 || tryPrepare) {
        (callSuccess, callErr) = create2Factory.call(factoryCalldata);
      }

      if (_signer.code.length == 0) {
        if (!callSuccess) revert ERC6492CallFailed(callErr);
        else revert ERC6492DeploySilentlyFailed();
      }
    } else {
      sigToValidate = _signature;
    }

    if (!isCounterfactual && contractCodeLen == 0) return false;

    try IERC1271Wallet(_signer).isValidSignature(_hash, sigToValidate) returns (bytes4 magicValue) {
      bool isValid = magicValue == ERC1271_SUCCESS;

      // retry, but this time assume the prefix is a prepare call
      if (!isValid && !tryPrepare && contractCodeLen > 0 && isCounterfactual) {
        return isValidSigImpl(_signer, _hash, _signature, true);
      }
      // we already tried prepare but we have an actual callErr while doing it
      if (!isValid && tryPrepare && !callSuccess) revert ERC6492CallFailed(callErr);

      return isValid;
    } catch (bytes memory err) {
      // retry, but this time assume the prefix is a prepare call
      if (!tryPrepare && contractCodeLen > 0 && isCounterfactual) {
        return isValidSigImpl(_signer, _hash, _signature, true);
      }
      if (tryPrepare && !callSuccess) revert ERC6492CallFailed(callErr);
      revert ERC1271Revert(err);
    }
  }
}

// deployed by the eth_call itself: its "code" is one byte, 1 for valid
contract ValidateSigOffchain {
  constructor (address _signer, bytes32 _hash, bytes memory _signature) {
    UniversalSigValidator validator = new UniversalSigValidator();
    bool isValidSig = validator.isValidSigImpl(_signer, _hash, _signature, false);
    assembly {
      mstore(0, isValidSig)
      return(31, 1)
    }
  }
}
