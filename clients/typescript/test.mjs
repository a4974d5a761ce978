// Run by the service's own tests against a running service: node test.mjs URL API_KEY ITEM_ID PASSWORD
import assert from "node:assert/strict";
import { BadInput, Gone, NotFound, Problem, ServerFailed, Tilegate, Unauthenticated, Unreachable } from "./src/index.js";
import { OPERATIONS } from "./src/operations.js";

const [url, apiKey, itemId, password] = process.argv.slice(2);
const client = new Tilegate({ url: `${url}/`, apiKey });

for (const id of Object.keys(OPERATIONS)) {
  const method = id.split(".").reduce((node, word) => node[word], client);
  assert.equal(typeof method, "function", id);
}

// a sharer
const wanted = { target_type: "item", target_id: itemId, password, expires_in_hours: 1 };
const links = [];
for (let number = 0; number < 3; number += 1) links.push(await client.share.link.create(wanted));
const listed = [];
for await (const link of client.share.link.list_all({ limit: 2 })) listed.push(link.id);
assert.deepEqual(listed.slice(-3), links.map((link) => link.id));
const [link] = links;
assert.equal(await client.usage.export({ organization_id: link.organization_id, format: "csv" }).then((text) => text.slice(0, 3)), "day");
await assert.rejects(client.share.link.create({ ...wanted, password: "short" }), (error) => {
  assert.ok(error instanceof BadInput && error instanceof Problem);
  assert.deepEqual([error.status, error.code, error.field, error.name], [422, "field_invalid", "password", "BadInput"]);
  return error.message.includes(error.requestId);
});
await assert.rejects(client.call("share.link.fly"), NotFound);

// a recipient
const recipient = new Tilegate({ url });
const { key } = await recipient.share.link.validate({ token: link.token, password });
const tile = await recipient.share.tile.render({ token: link.token, key, z: 8, x: 72, y: 110 });
assert.ok(tile instanceof Uint8Array);
assert.deepEqual([...tile.slice(1, 4)], [0x50, 0x4e, 0x47]);
assert.equal((await recipient.share.tile.render({ token: link.token, key, z: 8, x: 72, y: 1 })).length, 0);
await assert.rejects(recipient.share.tile.info({ token: link.token, password: "not the password" }), Unauthenticated);
await assert.rejects(recipient.share.link.list({}), { code: "unauthenticated" });
assert.ok((await client.share.link.revoke({ link_id: link.id })).ok);
await assert.rejects(recipient.share.tile.info({ token: link.token, key }), Gone);

// when it asks again
const problem = (status, after) =>
  new Response(JSON.stringify({ status, code: "some_code", detail: "No." }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...(after ? { "Retry-After": after } : {}) },
  });
const page = () => Response.json({ links: [], next_cursor: null });
const keys = [];
async function asked(answers, call, apiKey) {
  let count = 0;
  const fetch = async (_, init) => {
    const answer = answers[count];
    count += 1;
    keys.push(init.headers["Idempotency-Key"]);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const result = await call(new Tilegate({ url, apiKey, fetch })).catch((error) => error.constructor);
  return [count, result];
}
const read = (it) => it.share.link.list({});
const write = (it) => it.project.create({ name: "Maps" });
assert.equal((await asked([problem(503, "0"), page()], read))[0], 2);
assert.equal((await asked([new TypeError("fetch failed"), page()], read))[0], 2);
assert.deepEqual(await asked([problem(503, "0"), page()], write), [1, ServerFailed]);
assert.deepEqual(await asked([new TypeError("fetch failed"), page()], write), [1, Unreachable]);
assert.equal((await asked([problem(429, "0"), page()], write))[0], 2);
assert.ok(keys.every((key) => key === undefined));
assert.equal((await asked([new TypeError("fetch failed"), page()], write, "tg_key"))[0], 2);
assert.match(keys.at(-1), /^[0-9a-f]{32}$/);
assert.equal(keys.at(-1), keys.at(-2));
const stop = new AbortController();
stop.abort();
await assert.rejects(client.share.link.list({}, { signal: stop.signal }), { name: "AbortError" });
console.log("all holds");
