import{a,b,c,d,e,f}from"./chunk-I4DLGDKE.js";import"./chunk-WOT6VMZA.js";export{c as abi,d as bytecode,b as compiler,a as contractName,f as default,e as methods};
