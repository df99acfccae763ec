import{a,b,c,d,e,f}from"/demo/chunk-23YTS4W6.js";import"/demo/chunk-Z754Y4PV.js";export{c as abi,d as bytecode,b as compiler,a as contractName,f as default,e as methods};
