function r({body:t,redacted:n}){return n?`(${n})`:typeof t=="object"&&t!==null&&"text"in t?String(t.text):t==null?"":JSON.stringify(t)}export{r as a};
