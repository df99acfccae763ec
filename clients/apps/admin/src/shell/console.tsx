import { Component, type ComponentChildren, type FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { toggleTheme } from "@parlour/ui/theme";
import { paused } from "../data/paused.js";
import { ActDialog } from "../acts/act-dialog.js";
import { Toast } from "../acts/toast.js";
import { PAGES } from "./catalog.js";
import { useKeys } from "./keys.js";
import { Nav } from "./nav.js";
import type { PageProps } from "./props.js";
import { Palette, usePaletteKey } from "./palette.js";
import { FIRST_PAGE, goTo, route } from "./router.js";
import { Top } from "./top.js";

/** The console: navigation, the bar, and the page that the address names. */
export function Console() {
  usePaletteKey();
  useKeys({
    "/": () => document.querySelector<HTMLInputElement>('[data-key="/"]')?.focus(),
    p: () => (paused.value = !paused.value),
    t: toggleTheme,
    ...Object.fromEntries(PAGES.slice(0, 9).map(({ name }, i) => [String(i + 1), () => goTo(name)])),
  });
  return (
    <div class="console">
      <Top />
      <Nav />
      <main id="main">
        <OpenPage />
      </main>
      <Toast />
      <ActDialog />
      <Palette />
    </div>
  );
}

function OpenPage() {
  const shown = useSignal<{ name: string; View: FunctionComponent<PageProps> } | null>(null);
  const failed = useSignal("");
  const { page, id, query } = route.value;
  const entry = PAGES.find(({ name }) => name === page);
  useEffect(() => {
    if (!entry) return;
    let over = false;
    entry.load().then(
      (View) => over || (shown.value = { name: entry.name, View }),
      () => over || (failed.value = entry.name),
    );
    return () => {
      over = true;
    };
  }, [entry]);
  if (!entry) return <Nowhere title="No such page" text="The address names no page of this console." />;
  if (failed.value === page)
    return <Nowhere title="This page did not come" text="The server may have been updated: load the console again." />;
  if (shown.value?.name !== page) return <div class="page" role="status" aria-label="Loading" />;
  const { View } = shown.value;
  return (
    <Guard key={`${page}/${id}`}>
      <View id={id} query={query} />
    </Guard>
  );
}

function Nowhere({ title, text }: { title: string; text: string }) {
  return (
    <section class="page" aria-label={title}>
      <div class="empty" role="alert">
        <h1>{title}</h1>
        <p>{text}</p>
        <button class="outlined" onClick={() => goTo(FIRST_PAGE)}>
          To the overview
        </button>
      </div>
    </section>
  );
}

/** Keeps the console usable when a page throws. */
class Guard extends Component<{ children: ComponentChildren }, { error: Error | null }> {
  override state = { error: null };

  static override getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error): void {
    reportError(error);
  }

  override render() {
    const { error } = this.state as { error: Error | null };
    return error ? <Nowhere title="This page broke" text={error.message} /> : this.props.children;
  }
}
