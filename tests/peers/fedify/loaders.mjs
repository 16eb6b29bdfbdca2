// How this peer reads other servers' documents when it judges them: strictly, and without a network for contexts.
import { preloadedContexts } from "@fedify/vocab-runtime";

const ACTIVITY_JSON = "application/activity+json";
const LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"';
const TIMEOUT_MS = 10_000;

/** A JSON-LD context loader that knows Fedify's bundled contexts and refuses to ask anybody for another. */
export async function bundledContexts(url) {
  const document = preloadedContexts[url];
  if (document === undefined) throw new Error(`the context ${url} is not one that Fedify brings along`);
  return { contextUrl: null, documentUrl: url, document };
}

/** A document loader for documents that must be complete in themselves. */
export async function noDocuments(url) {
  throw new Error(`the document needs ${url} to be read, and nothing is fetched here`);
}

/**
 * Fetches one ActivityPub document: no redirect, no other media type.
 * Fedify's own loader also takes text/html and plain JSON, which is how an uploaded file becomes an actor
 * (CVE-2024-25623), so a check that is to prove something does not use it.
 */
export async function strictDocuments(url) {
  if (url in preloadedContexts) return bundledContexts(url);
  const address = new URL(url);
  address.hash = "";
  const answer = await fetch(address, {
    headers: { Accept: `${ACTIVITY_JSON}, ${LD_JSON}` },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${address.href} answered ${answer.status}`);
  const mediaType = answer.headers.get("Content-Type") ?? "";
  if (!isActivityJson(mediaType)) throw new Error(`${address.href} came as "${mediaType}"`);
  return { contextUrl: null, documentUrl: address.href, document: await answer.json() };
}

function isActivityJson(mediaType) {
  const [essence, ...parameters] = mediaType.split(";").map((part) => part.trim());
  if (essence.toLowerCase() === ACTIVITY_JSON) return true;
  return (
    essence.toLowerCase() === "application/ld+json" &&
    parameters.some((part) => /^profile="?[^"]*https:\/\/www\.w3\.org\/ns\/activitystreams[^"]*"?$/i.test(part))
  );
}
