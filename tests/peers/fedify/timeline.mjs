// What a reader sees. The rules are those of the servers people use: only followed accounts reach the timeline,
// only the author changes or deletes a post, a boost of an unknown post fetches it from where it was written.
import { Object as ActivityPubObject, Note } from "@fedify/vocab";
import { bundledContexts } from "./loaders.mjs";
import { textOf } from "./describe.mjs";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

export class Timeline {
  posts = new Map();
  following = new Map(); // actor id -> { state, follow, inbox }
  announces = new Map(); // Announce id -> { actor, object }

  isFollowed(actor) {
    return this.following.get(actor)?.state === "accepted";
  }

  answered(activity, state) {
    const actor = activity.actorId?.href;
    const pending = this.following.get(actor);
    if (!pending) return "ignored: never asked";
    if (activity.objectId !== null && activity.objectId.href !== pending.follow) return "ignored: another Follow";
    pending.state = state;
    return state;
  }

  async created(activity, context) {
    const actor = activity.actorId?.href;
    if (!this.isFollowed(actor)) return "ignored: not followed";
    const object = await activity.getObject(context);
    if (object?.id == null) return "ignored: no object";
    if (object.attributionId?.href !== actor) return "ignored: somebody else's object";
    if (this.posts.has(object.id.href)) return "ignored: held already";
    this.posts.set(object.id.href, { ...(await postOf(object)), via: "Create" });
    return "shown";
  }

  async updated(activity, context) {
    const actor = activity.actorId?.href;
    const object = await activity.getObject(context);
    if (object?.id == null) return "ignored: no object";
    if (object.id.href === actor) return "profile";
    const held = this.posts.get(object.id.href);
    if (!held || held.deleted) return "ignored: not held";
    if (held.author !== actor || object.attributionId?.href !== actor) return "ignored: somebody else's object";
    const fresh = await postOf(object);
    // Mastodon edits a post only if `updated` is strictly later than what it holds, compared as it was sent.
    if (fresh.updated === null || instant(fresh.updated) <= instant(held.updated ?? held.published)) {
      return "ignored: not later";
    }
    Object.assign(held, fresh, { edited: true, edits: held.edits + 1 });
    return "edited";
  }

  deleted(activity) {
    const actor = activity.actorId?.href;
    const held = this.posts.get(activity.objectId?.href);
    if (!held) return "ignored: not held";
    if (held.author !== actor) return "ignored: somebody else's object";
    Object.assign(held, { deleted: true, content: null, contentMap: {}, name: null, boostedBy: [] });
    return "deleted";
  }

  async announced(activity, documentLoader) {
    const actor = activity.actorId?.href;
    const uri = activity.objectId?.href;
    if (!this.isFollowed(actor)) return "ignored: not followed";
    if (!uri) return "ignored: no object";
    if (!this.posts.has(uri)) {
      const fetched = await fetchPost(uri, documentLoader);
      if (typeof fetched === "string") return fetched;
      this.posts.set(uri, { ...fetched, via: "Announce" });
    }
    const held = this.posts.get(uri);
    if (held.deleted) return "ignored: deleted";
    if (held.boostedBy.includes(actor)) return "ignored: boosted already";
    held.boostedBy.push(actor);
    if (activity.id !== null) this.announces.set(activity.id.href, { actor, object: uri });
    return "boosted";
  }

  undone(activity) {
    const announce = this.announces.get(activity.objectId?.href);
    if (!announce) return "ignored: nothing to undo";
    if (announce.actor !== activity.actorId?.href) return "ignored: somebody else's boost";
    this.announces.delete(activity.objectId.href);
    const held = this.posts.get(announce.object);
    held.boostedBy = held.boostedBy.filter((actor) => actor !== announce.actor);
    return "no longer boosted";
  }

  toJSON() {
    return [...this.posts.values()];
  }
}

async function fetchPost(uri, documentLoader) {
  let object;
  try {
    const { document } = await documentLoader(uri);
    object = await ActivityPubObject.fromJsonLd(document, { documentLoader, contextLoader: bundledContexts });
  } catch (error) {
    return `not shown: ${uri} could not be read: ${error.message}`;
  }
  if (object.id?.href !== uri) return `not shown: ${uri} calls itself ${object.id?.href}`;
  const author = object.attributionId;
  if (author === null || author.origin !== object.id.origin) return "not shown: the author lives elsewhere";
  const audience = [...object.toIds, ...object.ccIds].map((address) => address.href);
  if (!audience.includes(PUBLIC)) return "not shown: not public";
  return postOf(object);
}

async function postOf(object) {
  return {
    id: object.id.href,
    type: object instanceof Note ? "Note" : object.constructor.name,
    author: object.attributionId?.href ?? null,
    name: object.name === null ? null : String(object.name),
    ...textOf(object),
    published: object.published?.toString() ?? null,
    updated: object.updated?.toString() ?? null,
    edited: false,
    edits: 0,
    deleted: false,
    boostedBy: [],
  };
}

const instant = (text) => (text === null ? -Infinity : Date.parse(text));
