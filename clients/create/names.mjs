/** How a game's name is spelled as a module, a class, a kind and a title; as `names_of` of parlour's scaffold.py. */
export function namesOf(name) {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? [];
  if (!/^[\x20-\x7e]*$/.test(name) || !/^[A-Za-z]/.test(words[0] ?? "")) {
    throw new Error(`"${name}" is no name for a game: begin with a letter, A to Z.`);
  }
  const module = words.map((word) => word.toLowerCase()).join("_");
  const klass = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  return { module, klass, kind: module.replaceAll("_", "-"), title: words.join(" ") };
}

/** Return a template with its names. */
export function filled(template, names) {
  return template.replace(/\{\{(\w+)\}\}/g, (_, key) => {
    if (!(key in names)) throw new Error(`A template names ${key}, which there is not.`);
    return names[key];
  });
}

/** Return where a template's file is written, below the new folder. */
export function placeOf(template, names) {
  return template
    .replace(/\.tmpl$/, "")
    .replace("_dot_", ".")
    .replace("_module_", names.module);
}
