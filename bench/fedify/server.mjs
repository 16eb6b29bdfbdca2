// The reference of the benchmarks: one account, "reader", on a Fedify server that keeps all it has in memory.
// Usage: node server.mjs HOST     Prints one JSON line when it is ready; ends when stdin closes.
//
// It does what our server does in the same benchmark: verifies, takes each activity once, answers a Follow with an
// Accept, sends a post to 500 inboxes through its own queue, shows its actor. It writes nothing to a disk.
import { once } from "node:events";
import { createServer } from "node:http";

// The packages are those of the tests' peer; they are installed once.
const modules = new URL("../../tests/peers/fedify/node_modules/", import.meta.url);
const load = (path) => import(new URL(path, modules));
const { createFederation, InProcessMessageQueue, kvCache, MemoryKvStore, ParallelMessageQueue } =
  await load("@fedify/fedify/dist/mod.js");
const { Accept, Activity, Create, Endpoints, Follow, Note, Person, PUBLIC_COLLECTION } =
  await load("@fedify/vocab/dist/mod.js");
const { getDocumentLoader, preloadedContexts } = await load("@fedify/vocab-runtime/dist/mod.js");
const { Temporal } = await load("@js-temporal/polyfill/dist/index.esm.js");

const READER = "reader";
// Tried with 8, 16, 32 and 64: more change nothing, the one core is busy.
const SENDERS = 32;
const [host = "127.0.0.8"] = process.argv.slice(2);

const server = createServer({ keepAliveTimeout: 60_000 });
server.listen(0, host);
await once(server, "listening");
const origin = `http://${host}:${server.address().port}`;

const keyPairs = await Promise.all([
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  "Ed25519",
].map((kind) => crypto.subtle.generateKey(kind, true, ["sign", "verify"])));

const outgoing = () => new ParallelMessageQueue(new InProcessMessageQueue(), SENDERS);
const kv = new MemoryKvStore();
// With the cache that Fedify puts before its own loader: nobody's account is fetched twice.
const documentLoader = kvCache({ loader: getDocumentLoader({ allowPrivateAddress: true }), kv });
const federation = createFederation({
  kv,
  // Nothing for the inbox: what arrives is processed before it is answered, as it is here, and takes no detour.
  queue: { outbox: outgoing(), fanout: outgoing() },
  origin,
  contextLoaderFactory: () => async (url) => {
    const document = preloadedContexts[url];
    if (document === undefined) throw new Error(`the context ${url} is not one that Fedify brings along`);
    return { contextUrl: null, documentUrl: url, document };
  },
  documentLoaderFactory: () => documentLoader,
  authenticatedDocumentLoaderFactory: () => documentLoader,
});

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (identifier !== READER) return null;
    const keys = await context.getActorKeyPairs(identifier);
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: READER,
      name: "A reader elsewhere",
      summary: "Ten lines are enough, and the address is on the list.",
      inbox: context.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKeys: keys.map((pair) => pair.cryptographicKey),
      assertionMethods: keys.map((pair) => pair.multikey),
    });
  })
  .mapHandle((_context, username) => (username === READER ? READER : null))
  .setKeyPairsDispatcher((_context, identifier) => (identifier === READER ? keyPairs : []));

let processed = 0;
const followers = new Map();
const posts = new Map();
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: READER }))
  .on(Follow, async (context, follow) => {
    followers.set(follow.actorId.href, follow.id.href);
    const follower = await follow.getActor(context);
    const accept = new Accept({ id: new URL(`#accepts/${processed}`, origin), actor: context.getActorUri(READER), object: follow.id });
    await context.sendActivity({ identifier: READER }, follower, accept);
    processed += 1;
  })
  .on(Create, async (context, create) => {
    const post = await create.getObject(context);
    posts.set(post.id.href, post);
    processed += 1;
  })
  .on(Activity, () => {
    processed += 1;
  })
  .onError((_context, error) => console.error(`inbox: ${error.stack ?? error}`));

let published = 0;
async function publish({ inboxes, text }) {
  const context = federation.createContext(new URL(origin), undefined);
  const actor = context.getActorUri(READER);
  const number = (published += 1);
  const now = Temporal.Now.instant();
  const to = PUBLIC_COLLECTION;
  const note = new Note({ id: new URL(`/notes/${number}`, origin), attribution: actor, content: text, published: now, to });
  const create = new Create({ id: new URL(`/notes/${number}/create`, origin), actor, object: note, published: now, to });
  const recipients = inboxes.map((inbox) => ({ id: new URL(inbox.replace(/\/inbox$/, "")), inboxId: new URL(inbox) }));
  await context.sendActivity({ identifier: READER }, recipients, create, { preferSharedInbox: false });
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

server.on("request", async (incoming, answering) => {
  try {
    const body = incoming.method === "POST" ? await bodyOf(incoming) : undefined;
    if (incoming.url === "/-/publish") {
      await publish(JSON.parse(body.toString("utf8")));
      answering.writeHead(202).end();
      return;
    }
    if (incoming.url === "/-/processed") {
      answering.writeHead(200).end(JSON.stringify({ processed }));
      return;
    }
    const request = new Request(new URL(incoming.url, origin), { method: incoming.method, headers: incoming.headers, body });
    const answer = await federation.fetch(request, { contextData: undefined });
    answering.writeHead(answer.status, Object.fromEntries(answer.headers));
    answering.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    console.error(`${incoming.method} ${incoming.url} failed: ${error.stack}`);
    answering.writeHead(500).end();
  }
});

process.stdin.on("end", () => process.exit(0)).resume();
console.log(JSON.stringify({ origin, actor: `${origin}/users/${READER}` }));
