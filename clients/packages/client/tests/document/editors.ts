/** A page with one editor on one document, for tests/e2e/browser/test_editors.py; the address says which and as whom. */
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { connect } from "@parlour/client";
import { DocumentProvider } from "@parlour/client/document";
import { Editor } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Document } from "@tiptap/extension-document";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import { yCollab } from "y-codemirror.next";
import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";

const asked = new URLSearchParams(location.hash.slice(1));
const room = asked.get("room")!;
const client = connect({ url: location.origin, token: asked.get("token")! });
const provider = new DocumentProvider(client.openRoom({ room }));
const element = document.getElementById("editor")!;
const show = (): void => {
  document.body.dataset.state = `${provider.synced ? "synced" : "apart"} ${provider.saved ? "saved" : "unsaved"}`;
};
for (const event of ["synced", "saved"] as const) provider.on(event, show);
show();

if (asked.has("offline")) await new IndexeddbPersistence(room, provider.doc).whenSynced;
provider.awareness.setLocalStateField("user", { name: asked.get("name"), color: "#b8860b", colorLight: "#b8860b33" });
if (asked.get("editor") === "tiptap") {
  new Editor({
    element,
    extensions: [Document, Paragraph, Text, Bold, Collaboration.configure({ document: provider.doc })],
  });
} else {
  const text = provider.doc.getText("t");
  const extensions = [yCollab(text, provider.awareness), EditorView.contentAttributes.of({ "aria-label": "text" })];
  new EditorView({ state: EditorState.create({ doc: text.toString(), extensions }), parent: element });
}
/** What the document says, without the cursors that an editor draws. */
const content = (): string => provider.doc.getText("t").toString() || provider.doc.getXmlFragment("default").toString();
/** What a tab that is loaded now would find in IndexedDB. */
const stored = async (): Promise<string> => {
  const doc = new Y.Doc();
  const persistence = await new IndexeddbPersistence(room, doc).whenSynced;
  await persistence.destroy();
  return doc.getText("t").toString();
};
Object.assign(globalThis, { content, stored });
document.body.dataset.ready = "yes";
