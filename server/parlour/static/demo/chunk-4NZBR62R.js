import{U as d}from"./chunk-KJYZQZD5.js";function i({name:t,value:n}){return d("div",{children:[d("dt",{children:t}),d("dd",{children:n})]})}export{i as a};
