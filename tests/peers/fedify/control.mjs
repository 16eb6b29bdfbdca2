// The test's hand on this peer: a small JSON API on a loopback port of its own.
import { once } from "node:events";
import { createServer } from "node:http";
import { isIP } from "node:net";
import { Follow, isActor, Undo } from "@fedify/vocab";
import { parse } from "./describe.mjs";
import { bundledContexts } from "./loaders.mjs";
import { verifyAt } from "./proofs.mjs";

/** Starts the API and answers its base URL. */
export async function control(peer) {
  const routes = {
    "GET /ready": () => ({ ready: true }),
    "GET /received": () => peer.received,
    "GET /timeline": () => peer.timeline,
    "GET /following": () => Object.fromEntries(peer.timeline.following),
    "POST /follow": ({ target }) => follow(peer, target),
    "POST /unfollow": ({ target }) => unfollow(peer, target),
    "POST /verify-proof": ({ url, document }) => verifyAt(url, document),
    "POST /parse": ({ document, type }) => parse(document, type),
  };
  const server = createServer(async (request, response) => {
    let status = 200;
    let answer;
    try {
      const route = routes[`${request.method} ${request.url}`];
      if (route === undefined) throw new Refusal(404, `there is no ${request.method} ${request.url} here`);
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      answer = await route(chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8")));
    } catch (error) {
      status = error instanceof Refusal ? error.status : 422;
      // jsonld hides what a context loader said in `details`.
      const cause = error.details?.cause?.message;
      answer = { error: `${error.name}: ${error.message}${cause ? ` (${cause})` : ""}` };
    }
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

class Refusal extends Error {
  name = "Refusal";

  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function follow({ context, reader, timeline }, target) {
  const actor = await lookUp(context, reader, target);
  const id = new URL(`#follows/${crypto.randomUUID()}`, context.getActorUri(reader));
  // Known as pending before it is sent: an Accept may overtake the answer to the POST.
  timeline.following.set(actor.id.href, { state: "pending", follow: id.href });
  const activity = new Follow({ id, actor: context.getActorUri(reader), object: actor.id, to: actor.id });
  await context.sendActivity({ identifier: reader }, actor, activity, { immediate: true });
  return { actor: actor.id.href, follow: id.href, name: String(actor.name ?? "") };
}

async function unfollow({ context, reader, timeline }, target) {
  const actor = await lookUp(context, reader, target);
  const known = timeline.following.get(actor.id.href);
  if (known === undefined) throw new Refusal(409, `${actor.id.href} is not followed`);
  timeline.following.delete(actor.id.href);
  const me = context.getActorUri(reader);
  const undo = new Undo({
    id: new URL(`#undos/${crypto.randomUUID()}`, me),
    actor: me,
    object: new Follow({ id: new URL(known.follow), actor: me, object: actor.id }),
    to: actor.id,
  });
  await context.sendActivity({ identifier: reader }, actor, undo, { immediate: true });
  return { actor: actor.id.href, undone: known.follow };
}

async function lookUp(context, reader, target) {
  const documentLoader = await context.getDocumentLoader({ identifier: reader });
  const handle = /^@?([^@\s]+)@([^@\s/]+)$/.exec(target);
  const id = handle ? await webFinger(handle[1], handle[2]) : target;
  const actor = await context.lookupObject(id, { documentLoader, contextLoader: bundledContexts });
  if (actor === null) throw new Refusal(404, `${target} (${id}) cannot be looked up`);
  if (!isActor(actor) || actor.id === null) throw new Refusal(422, `${target} is not an actor`);
  if (handle && String(actor.preferredUsername).toLowerCase() !== handle[1].toLowerCase()) {
    throw new Refusal(422, `${target} leads to an actor that calls itself ${actor.preferredUsername}`);
  }
  return actor;
}

/**
 * WebFinger as Mastodon asks it. Fedify's own look-up of a handle always speaks https, which no server on a
 * loopback address has, so an IP literal is asked over http.
 */
async function webFinger(user, host) {
  const scheme = isIP(host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")) ? "http" : "https";
  const url = new URL(`${scheme}://${host}/.well-known/webfinger`);
  url.searchParams.set("resource", `acct:${user}@${host}`);
  const answer = await fetch(url, { headers: { Accept: "application/jrd+json" }, redirect: "error" });
  if (!answer.ok) throw new Refusal(404, `${url.href} answered ${answer.status}`);
  const mediaType = answer.headers.get("Content-Type")?.split(";")[0].trim();
  if (mediaType !== "application/jrd+json") throw new Refusal(422, `${url.href} came as ${mediaType}`);
  const jrd = await answer.json();
  if (jrd.subject?.toLowerCase() !== `acct:${user}@${host}`.toLowerCase()) {
    throw new Refusal(422, `${url.href} speaks of ${jrd.subject}`);
  }
  const self = jrd.links?.find((link) => link.rel === "self" && link.type === "application/activity+json");
  if (self?.href === undefined) throw new Refusal(422, `${url.href} has no link to an actor`);
  return self.href;
}
