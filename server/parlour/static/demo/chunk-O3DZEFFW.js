function o(t,{invite:e,at:n}={}){let r=new URLSearchParams({...e&&{invite:e},...n!==void 0&&{at:String(n)}});return`#/${encodeURIComponent(t)}${r.size?`?${r}`:""}`}export{o as a};
