import{U as d}from"./chunk-LKN35AVE.js";function i({name:t,value:n}){return d("div",{children:[d("dt",{children:t}),d("dd",{children:n})]})}export{i as a};
