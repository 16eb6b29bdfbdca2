// One account, "reader", on a Fedify server: somebody else's software that follows, receives and reads.
// Usage: node peer.mjs HOST PORT     Prints one JSON line when it is ready; ends on SIGTERM or when stdin closes.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createFederation, getAuthenticatedDocumentLoader, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import * as vocabulary from "@fedify/vocab";
import { getDocumentLoader } from "@fedify/vocab-runtime";
import { configure } from "@logtape/logtape";
import { control } from "./control.mjs";
import { bundledContexts } from "./loaders.mjs";
import { Timeline } from "./timeline.mjs";

const READER = "reader";
const MAX_BODY_BYTES = 1_048_576;
const [host = "127.0.0.9", port = "0"] = process.argv.slice(2);

await configure({
  sinks: { stderr: (record) => console.error(`fedify: ${record.message.map(String).join("")}`) },
  loggers: [
    { category: "fedify", sinks: ["stderr"], lowestLevel: "warning" },
    { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
  ],
});

const server = createServer();
server.listen(Number(port), host);
await once(server, "listening");
const origin = `http://${host}:${server.address().port}`;

const keyPairs = await freshKeyPairs();
const timeline = new Timeline();
const received = [];
const bodies = new Map(); // activity id -> the JSON as it came, for the record

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }),
  origin,
  // Loopback addresses are what the tests federate over. Fedify's own allowPrivateAddress cannot be combined
  // with a context loader, and contexts must never be asked of the network, so all three loaders are named.
  contextLoaderFactory: () => bundledContexts,
  documentLoaderFactory: () => getDocumentLoader({ allowPrivateAddress: true }),
  authenticatedDocumentLoaderFactory: (identity) =>
    getAuthenticatedDocumentLoader(identity, { allowPrivateAddress: true }),
});

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (identifier !== READER) return null;
    const keys = await context.getActorKeyPairs(identifier);
    return new vocabulary.Person({
      id: context.getActorUri(identifier),
      preferredUsername: READER,
      name: "A reader elsewhere",
      inbox: context.getInboxUri(identifier),
      endpoints: new vocabulary.Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKeys: keys.map((pair) => pair.cryptographicKey),
      assertionMethods: keys.map((pair) => pair.multikey),
    });
  })
  .mapHandle((_context, username) => (username === READER ? READER : null))
  .setKeyPairsDispatcher((_context, identifier) => (identifier === READER ? keyPairs : []));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: READER }))
  .on(vocabulary.Accept, recorded((activity) => timeline.answered(activity, "accepted")))
  .on(vocabulary.Reject, recorded((activity) => timeline.answered(activity, "rejected")))
  .on(vocabulary.Create, recorded((activity, context) => timeline.created(activity, context)))
  .on(vocabulary.Update, recorded((activity, context) => timeline.updated(activity, context)))
  .on(vocabulary.Delete, recorded((activity) => timeline.deleted(activity)))
  .on(vocabulary.Announce, recorded((activity, _context, documentLoader) => timeline.announced(activity, documentLoader)))
  .on(vocabulary.Undo, recorded((activity) => timeline.undone(activity)))
  .on(vocabulary.Activity, recorded(() => "ignored: no listener"))
  .onError((_context, error) => console.error(`inbox: ${error.stack ?? error}`));

/** Wraps a listener: whatever arrives verified is put on record together with what came of it. */
function recorded(listener) {
  return async (context, activity) => {
    const documentLoader = await context.getDocumentLoader({ identifier: READER });
    const outcome = await listener(activity, { documentLoader, contextLoader: bundledContexts }, documentLoader);
    received.push(await recordOf(activity, outcome));
  };
}

async function recordOf(activity, outcome) {
  const raw = bodies.get(activity.id?.href) ?? null;
  const object = typeof raw?.object === "object" ? raw.object : null;
  return {
    type: raw?.type ?? activity.constructor.name,
    id: activity.id?.href ?? null,
    actor: activity.actorId?.href ?? null,
    object: activity.objectId?.href ?? null,
    name: object?.name ?? null,
    content: object?.content ?? null,
    language: Object.keys(object?.contentMap ?? {})[0] ?? null,
    published: object?.published ?? raw?.published ?? null,
    updated: object?.updated ?? null,
    outcome,
    raw,
  };
}

async function freshKeyPairs() {
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const usages = ["sign", "verify"];
  return [
    await crypto.subtle.generateKey(rsa, true, usages),
    await crypto.subtle.generateKey("Ed25519", true, usages),
  ];
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new RangeError("body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function remember(body) {
  try {
    const activity = JSON.parse(body.toString("utf8"));
    if (typeof activity?.id === "string") bodies.set(activity.id, activity);
    return activity?.type;
  } catch {
    return "unreadable";
  }
}

server.on("request", async (incoming, outgoing) => {
  try {
    const body = incoming.method === "POST" ? await bodyOf(incoming) : undefined;
    const type = body === undefined ? "" : remember(body);
    const request = new Request(new URL(incoming.url, origin), { method: incoming.method, headers: incoming.headers, body });
    const answer = await federation.fetch(request, { contextData: undefined });
    if (body !== undefined || !answer.ok) console.error(`${incoming.method} ${incoming.url} ${type} ${answer.status}`);
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    console.error(`${incoming.method} ${incoming.url} failed: ${error.stack}`);
    outgoing.writeHead(error instanceof RangeError ? 413 : 500).end();
  }
});

const context = federation.createContext(new URL(origin), undefined);
// Fedify does not export its package.json, so it is read as the file that it is.
const fedifyPackage = new URL("./node_modules/@fedify/fedify/package.json", import.meta.url);
const controls = await control({ context, reader: READER, timeline, received });

process.on("SIGTERM", () => process.exit(0));
process.stdin.on("end", () => process.exit(0)).resume();
console.log(
  JSON.stringify({
    ready: true,
    control: controls,
    actor: context.getActorUri(READER).href,
    handle: `@${READER}@${new URL(origin).host}`,
    node: process.versions.node,
    fedify: JSON.parse(await readFile(fedifyPackage, "utf8")).version,
  }),
);
