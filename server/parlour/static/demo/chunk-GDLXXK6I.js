import{Q as d}from"./chunk-MEOK6KMY.js";function i({name:t,value:n}){return d("div",{children:[d("dt",{children:t}),d("dd",{children:n})]})}export{i as a};
