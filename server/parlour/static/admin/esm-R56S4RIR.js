import{a}from"./chunk-Q7FB2VS3.js";import"./chunk-WOT6VMZA.js";export{a as Manager};
