function n({origin:o,pathname:i},t=""){let e=i.replace(/[^/]*$/,""),r=e.slice(0,e.length-(e.endsWith(`/${t}`)?t.length:0)).replace(/\/$/,"");return r?`${o}${r}`:""}var a=n(location);export{a};
