// A vocabulary object as plain JSON: only what Fedify's strict parser could read from the document.
import * as vocabulary from "@fedify/vocab";
import { bundledContexts, noDocuments } from "./loaders.mjs";

const loaders = { documentLoader: noDocuments, contextLoader: bundledContexts };
const { LanguageString } = vocabulary;

/** Parses a document offline as the named vocabulary type and says what it holds; a TypeError if it is not one. */
export async function parse(document, type = "Object") {
  const known = vocabulary[type];
  if (typeof known?.fromJsonLd !== "function") throw new TypeError(`Fedify's vocabulary has no type ${type}`);
  return describe(await known.fromJsonLd(document, loaders));
}

/** Text and language as a reader's software takes them: the language-tagged value of `content`, if there is one. */
export function textOf(object) {
  const values = object.contents ?? [];
  const tagged = values.filter((value) => value instanceof LanguageString);
  const text = values.find((value) => !(value instanceof LanguageString)) ?? tagged[0] ?? null;
  return {
    content: text === null ? null : String(text),
    contentMap: Object.fromEntries(tagged.map((value) => [value.locale.toString(), String(value)])),
    language: tagged[0]?.locale.toString() ?? null,
  };
}

async function describe(object) {
  const described = {
    type: typeOf(object),
    id: href(object.id),
    name: text(object.name),
    summary: text(object.summary),
    ...textOf(object),
    url: href(object.url),
    published: object.published?.toString() ?? null,
    updated: object.updated?.toString() ?? null,
    startTime: object.startTime?.toString() ?? null,
    sensitive: object.sensitive ?? null,
    attribution: hrefs(object.attributionIds),
    to: hrefs(object.toIds),
    cc: hrefs(object.ccIds),
    tags: await all(object.getTags(loaders), (tag) => ({
      type: typeOf(tag),
      name: text(tag.name),
      href: href(tag.href),
    })),
    attachments: await all(object.getAttachments(loaders), (item) => ({
      type: typeOf(item),
      name: text(item.name),
      value: text(item.value),
    })),
    location: text((await object.getLocation(loaders))?.name),
    proofs: await all(object.getProofs(loaders), (proof) => ({
      cryptosuite: proof.cryptosuite,
      verificationMethod: href(proof.verificationMethodId),
      created: proof.created?.toString() ?? null,
    })),
  };
  if (vocabulary.isActor(object)) Object.assign(described, await describeActor(object));
  if (object instanceof vocabulary.Activity) {
    described.actors = hrefs(object.actorIds);
    described.objects = hrefs(object.objectIds);
    const embedded = await object.getObject({ ...loaders, suppressError: true });
    described.object = embedded === null ? null : await describe(embedded);
  }
  if (object instanceof vocabulary.Tombstone) described.deleted = object.deleted?.toString() ?? null;
  if (object instanceof vocabulary.Collection) {
    described.totalItems = object.totalItems;
    described.first = href(object.firstId);
    described.items = hrefs(object.itemIds ?? []);
  }
  return described;
}

async function describeActor(actor) {
  const icon = await actor.getIcon(loaders);
  return {
    preferredUsername: text(actor.preferredUsername),
    inbox: href(actor.inboxId),
    outbox: href(actor.outboxId),
    followers: href(actor.followersId),
    following: href(actor.followingId),
    featured: href(actor.featuredId),
    sharedInbox: href(actor.endpoints?.sharedInbox),
    publicKeys: await all(actor.getPublicKeys(loaders), (key) => ({ id: href(key.id), owner: href(key.ownerId) })),
    assertionMethods: await all(actor.getAssertionMethods(loaders), (key) => ({
      id: href(key.id),
      controller: href(key.controllerId),
    })),
    icon: icon === null ? null : { url: href(icon.url), mediaType: icon.mediaType, name: text(icon.name) },
    manuallyApprovesFollowers: actor.manuallyApprovesFollowers,
    discoverable: actor.discoverable,
    indexable: actor.indexable,
  };
}

const typeOf = (object) => vocabulary.getTypeId(object).href.split("#").pop();
const text = (value) => (value === null || value === undefined ? null : String(value));
const href = (value) => value?.href?.href ?? value?.href ?? null;
const hrefs = (values) => values.map((value) => value.href);

async function all(iterable, describeOne) {
  const found = [];
  for await (const item of iterable) found.push(describeOne(item));
  return found;
}
