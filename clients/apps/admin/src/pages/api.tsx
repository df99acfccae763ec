import { base } from "../data/api.js";
import { useLoad } from "../data/load.js";
import { Copy } from "../frame/copy.js";
import { Card } from "../frame/facts.js";
import { Filter } from "../frame/filter.js";
import { Page } from "../frame/page.js";
import { route } from "../shell/router.js";
import { requestsOf, type AsyncApi } from "../playground/requests.js";

interface Operation {
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

/** Both descriptions of the API, with this server's address filled in. */
export function Api() {
  const http = useLoad<OpenApi>("/api/openapi.json");
  const socket = useLoad<AsyncApi>("/api/asyncapi.json");
  const host = base || location.origin;
  const words = (route.value.query["query"] ?? "").toLowerCase();
  const fits = (text: string): boolean => text.toLowerCase().includes(words);
  return (
    <Page title="API" load={http} tools={<Filter label="Find a call" />}>
      {({ paths }) => (
        <div class="halves">
          <Card title="HTTP" tools={<Document href={`${base}/api/openapi.json`} name="OpenAPI" />}>
            <ul class="calls">
              {Object.entries(paths)
                .flatMap(([path, methods]) => Object.entries(methods).map(([method, of]) => ({ path, method, of })))
                .filter(({ path, of }) => fits(`${path} ${of.summary}`))
                .map(({ path, method, of }) => (
                  <Call key={method + path} name={`${method.toUpperCase()} ${path}`} says={of.summary}>
                    {curlOf(host, method.toUpperCase(), path, of)}
                  </Call>
                ))}
            </ul>
          </Card>
          <Card title="Socket.IO" tools={<Document href={`${base}/api/asyncapi.json`} name="AsyncAPI" />}>
            <ul class="calls">
              {(socket.data ? requestsOf(socket.data) : [])
                .filter(({ name, says }) => fits(`${name} ${says}`))
                .map(({ name, says }) => (
                  <Call key={name} name={name} says={says}>
                    {`io(${JSON.stringify(host)}, { auth: { token } }).emit(${JSON.stringify(name)}, { … }, (ack) => …)`}
                  </Call>
                ))}
            </ul>
          </Card>
        </div>
      )}
    </Page>
  );
}

function Document({ href, name }: { href: string; name: string }) {
  return (
    <a class="outlined" href={href} target="_blank" rel="noreferrer">
      {name}
    </a>
  );
}

function Call({ name, says, children }: { name: string; says: string; children: string }) {
  return (
    <li>
      <details>
        <summary>
          <code>{name}</code> <span class="muted">{says}</span>
        </summary>
        <div class="sample">
          <code>{children}</code>
          <Copy text={children} what="the call" />
        </div>
      </details>
    </li>
  );
}

/** Write a call for a shell, with a token where one is needed. */
function curlOf(host: string, method: string, path: string, { security }: Operation): string {
  const open = security.length === 0 || security.some((way) => Object.keys(way).length === 0);
  const token = open ? "" : ' -H "Authorization: Bearer $TOKEN"';
  const body = method === "POST" || method === "PATCH" ? " -H 'Content-Type: application/json' -d '{}'" : "";
  return `curl${method === "GET" ? "" : ` -X ${method}`}${token}${body} ${host}${path}`;
}
