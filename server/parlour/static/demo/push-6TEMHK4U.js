import{a,b,c,d}from"./chunk-GNHKZDLN.js";import"./chunk-RSKTYV7Z.js";export{b as pushState,c as startPush,d as stopPush,a as thisBrowser};
