// Does an object's integrity proof (FEP-8b32, eddsa-jcs-2022) hold, and is the key its owner's?
import { verifyObject, verifyProof } from "@fedify/fedify";
import { Activity, isActor, Object as ActivityPubObject } from "@fedify/vocab";
import { exportMultibaseKey } from "@fedify/vocab-runtime";
import { bundledContexts, strictDocuments } from "./loaders.mjs";

const loaders = { documentLoader: strictDocuments, contextLoader: bundledContexts };

/**
 * Verifies what is served at `url` (or `given` in its stead, fetching only the owner).
 *
 * Fedify's verifyObject alone is not enough: it calls an object without any attribution, such as an actor,
 * verified even when it bears no proof at all. So the proof, its key's controller and the owner's own list
 * of keys are looked at one by one.
 */
export async function verifyAt(url, given = undefined) {
  try {
    return await verify(url, given);
  } catch (error) {
    return { verified: false, key: null, owner: null, reason: String(error?.message ?? error) };
  }
}

async function verify(url, given) {
  const document = given ?? (await strictDocuments(url)).document;
  const refused = (reason, key = null, owner = null) => ({ verified: false, key, owner, reason });
  if (document.id !== url) return refused(`the document calls itself ${document.id}`);
  const object = await ActivityPubObject.fromJsonLd(structuredClone(document), loaders);
  const owner = ownerOf(object);
  if (owner === null) return refused("the document has not exactly one owner");
  if (new URL(owner).origin !== new URL(url).origin) return refused("the owner lives on another origin", null, owner);

  const proofs = [];
  for await (const proof of object.getProofs(loaders)) proofs.push(proof);
  if (proofs.length === 0) {
    const why = "proof" in document ? "its context does not define the proof's terms" : "it bears none";
    return refused(`no proof can be read from the document: ${why}`, null, owner);
  }
  if (proofs.length > 1) return refused("the document bears more than one proof", null, owner);
  const method = proofs[0].verificationMethodId?.href ?? null;
  const key = await verifyProof(structuredClone(document), proofs[0], loaders);
  if (key === null) return refused("the proof does not verify", method, owner);
  if (key.controllerId?.href !== owner) return refused("the key belongs to somebody else", method, owner);
  if (!(await isListed(owner, method, key))) return refused("the owner does not list the key", method, owner);
  if ((await verifyObject(ActivityPubObject, structuredClone(document), loaders)) === null) {
    return refused("the object as a whole does not verify", method, owner);
  }
  return { verified: true, key: method, owner, reason: null };
}

function ownerOf(object) {
  if (isActor(object)) return object.id?.href ?? null;
  const owners = object instanceof Activity ? object.actorIds : object.attributionIds;
  return owners.length === 1 ? owners[0].href : null;
}

async function isListed(owner, method, key) {
  const { document } = await strictDocuments(owner);
  const actor = await ActivityPubObject.fromJsonLd(document, loaders);
  if (!isActor(actor) || actor.id?.href !== owner) return false;
  const wanted = await exportMultibaseKey(key.publicKey);
  for await (const listed of actor.getAssertionMethods(loaders)) {
    if (listed.id?.href === method && (await exportMultibaseKey(listed.publicKey)) === wanted) return true;
  }
  return false;
}
