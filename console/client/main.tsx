import { render } from "preact";
import { connected, deployedStack, followChanges } from "./data.ts";
import { followKeys, useKeys } from "./keys.ts";
import { Help, overlay, Palette } from "./palette.tsx";
import { followLinks, go, path } from "./router.ts";
import { CatalogueView, EventView, PartyView } from "./views/catalogue.tsx";
import { DeadLetterPage } from "./views/dead-letter.tsx";
import { DeadLettersView } from "./views/dead-letters.tsx";
import { DecisionView } from "./views/decision.tsx";
import { FlowView } from "./views/flow.tsx";
import { OverviewView } from "./views/overview.tsx";
import { PeopleView } from "./views/people.tsx";
import { RequestPage } from "./views/request.tsx";
import { RequestsView, searching } from "./views/requests.tsx";
import { SendView } from "./views/send.tsx";

const ALL_PAGES = [
  ["Overview", "/", "h"],
  ["Requests", "/requests", "r"],
  ["Dead letters", "/dead-letters", "d"],
  ["Catalogue", "/catalogue", "c"],
  ["Send", "/send", "s"],
  ["People", "/people", "p"],
] as const;
/** Pages for which a deployed stack's API has no data. */
const LOCAL_PAGES: readonly string[] = ["/send"];
const PAGES = ALL_PAGES.filter(([, to]) => deployedStack === undefined || !LOCAL_PAGES.includes(to));

function View() {
  const [, page = "", name] = path.value.split("/").map(decodeURIComponent);
  switch (page) {
    case "":
      return <OverviewView />;
    case "requests":
      return name ? <RequestPage key={name} requestId={name} /> : <RequestsView />;
    case "dead-letters":
      return name ? <DeadLetterPage key={name} id={name} /> : <DeadLettersView />;
    case "flows":
      return name ? <FlowView key={name} flow={name} /> : <CatalogueView />;
    case "events":
      return name ? <EventView key={name} name={name} /> : <CatalogueView />;
    case "third-parties":
      return name ? <PartyView key={name} name={name} /> : <CatalogueView />;
    case "catalogue":
      return <CatalogueView />;
    case "decisions":
      return name ? <DecisionView key={name} number={name} /> : <CatalogueView />;
    case "people":
      return <PeopleView />;
    case "send":
      return deployedStack === undefined ? (
        <SendView />
      ) : (
        <p class="empty">Examples go to the sandbox, which a deployed stack does not have. Start the hub on this machine.</p>
      );
    default:
      return <p class="empty">There is no such page. Press ? for the keys, or choose one on the left.</p>;
  }
}

const THEMES = ["system", "light", "dark"] as const;
const storedTheme = () => localStorage.getItem("theme") ?? "system";
function setTheme(theme: string): void {
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
}
const nextTheme = () =>
  setTheme(THEMES[(THEMES.indexOf(storedTheme() as (typeof THEMES)[number]) + 1) % THEMES.length] ?? "system");

function search(): void {
  const field = document.querySelector<HTMLInputElement>("#query");
  if (field) {
    field.focus();
    return;
  }
  searching.value = true;
  go("/requests");
}

function App() {
  useKeys({
    ...Object.fromEntries(PAGES.map(([title, to, key]) => [`g ${key}`, [`go to ${title}`, () => go(to)] as const])),
    "/": ["search", search],
    "Ctrl k": ["commands", () => (overlay.value = "palette")],
    "?": ["keys", () => (overlay.value = "help")],
    T: ["change the theme", nextTheme],
  });
  const first = path.value.split("/")[1] ?? "";
  const section = ["flows", "events", "third-parties", "decisions"].includes(first) ? "catalogue" : first;
  const current = section === "" ? PAGES[0]?.[1] : `/${section}`;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <nav class="side" aria-label="Pages">
        <a class="brand" href="/">
          <b>Integration hub</b>
        </a>
        {deployedStack !== undefined && <p class="stack" title={deployedStack}>{`stack ${deployedStack}`}</p>}
        {PAGES.map(([title, to, key]) => (
          <a key={to} href={to} aria-current={to === current ? "page" : undefined}>
            {title} <kbd>{`g ${key}`}</kbd>
          </a>
        ))}
        <div class="foot">
          <span class={`live ${connected.value ? "good" : "bad"}`} role="status">
            {connected.value
              ? deployedStack === undefined
                ? "live"
                : "read every 10 s"
              : "the console's server does not answer"}
          </span>
          <button type="button" class="quiet" onClick={() => (overlay.value = "palette")}>
            Commands <kbd>Ctrl k</kbd>
          </button>
          <button type="button" class="quiet" onClick={nextTheme}>
            Theme <kbd>T</kbd>
          </button>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        <View />
      </main>
      {overlay.value === "palette" && <Palette />}
      {overlay.value === "help" && <Help />}
    </>
  );
}

setTheme(storedTheme());
followLinks();
followKeys();
followChanges();
render(<App />, document.body);
