import{a,b,c,d,e,f,g}from"./chunk-SWN4K4AW.js";export{c as abi,d as bytecode,b as compiler,a as contractName,g as default,f as methods,e as runtime};
