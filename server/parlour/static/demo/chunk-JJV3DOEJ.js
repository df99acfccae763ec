import{O as d}from"./chunk-54BORUST.js";function i({name:t,value:n}){return d("div",{children:[d("dt",{children:t}),d("dd",{children:n})]})}export{i as a};
