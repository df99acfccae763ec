import{a}from"./chunk-KEH36CRR.js";export{a as Manager};
