import assert from "node:assert/strict";
import { test } from "node:test";
import { Mock, MockError } from "./index.js";

const server = process.env.TROTH_MOCK_URL;
const ID = "8c2b2d4e-e29b-41d4-a716-446655440000";
const auth = { Authorization: "Bearer x" };
const mock = new Mock(server);

async function status(session) {
  const answer = await fetch(`${session.url}/api/campaigns/${ID}`, { headers: auth });
  return (await answer.json()).campaign.status;
}

function pause(session) {
  return fetch(`${session.url}/api/campaigns/${ID}/pause`, { method: "POST", headers: auth });
}

test("sessions side by side do not meet", { concurrency: true }, async () => {
  const names = Array.from({ length: 16 }, (_, number) => `js-${number}`);
  await Promise.all(
    names.map(async (name) => {
      const own = await mock.session(name);
      assert.equal((await pause(own)).status, 200);
      assert.equal(await status(own), "paused");
      await own.verify({ operation: "pauseCampaign", times: 1 });
      await own.end();
    }),
  );
  assert.equal(await status(mock), "active");
});

test("headers name the session, too", async () => {
  const own = await mock.session("js-headers");
  await pause(own);
  const answer = await fetch(`${server}/api/campaigns/${ID}`, { headers: { ...auth, ...own.headers } });
  assert.equal((await answer.json()).campaign.status, "paused");
});

test("scenarios, records and moves", async () => {
  const own = await mock.session("js-records", { scenario: "empty" });
  assert.deepEqual(await own.records("Campaign"), []);
  await own.reset("default");
  assert.equal((await own.move("Campaign", ID, { operation: "pauseCampaign" })).data.status, "paused");
  await own.save();
  assert.equal((await own.move("Campaign", ID, { to: "completed" })).data.status, "completed");
  await own.restore();
  assert.equal((await own.record("Campaign", ID)).data.status, "paused");
  assert.equal((await own.change("Campaign", ID, { name: "New" })).data.name, "New");
  assert.ok((await own.moves("Campaign", ID)).some((move) => move.operation === "resumeCampaign"));
  const other = ID.replace(/0$/, "9");
  await own.put("Campaign", other, { type: "email", name: "Other", sender_accounts: [], sequence_nodes: [] });
  assert.equal((await own.delete("Campaign", other)).id, other);
  assert.ok((await own.state()).puffle.Campaign.length);
});

test("time", async () => {
  const own = await mock.session("js-time");
  assert.equal((await own.freeze()).frozen, true);
  const before = new Date((await own.clock()).now);
  assert.equal(new Date((await own.advance("P1D")).now) - before, 86_400_000);
  await own.reset();
  assert.ok(new Date((await own.nextMove()).now) > before);
});

test("faults", async () => {
  const own = await mock.session("js-faults");
  await own.fault({ operation: "getCampaign", status: 503, times: 1 });
  const answer = await fetch(`${own.url}/api/campaigns/${ID}`, { headers: auth });
  assert.equal(answer.status, 503);
  assert.equal(await status(own), "active");
  await own.fault({ cut: true });
  await assert.rejects(status(own));
  assert.deepEqual(await own.mend(), []);
});

test("what was called", async () => {
  const own = await mock.session("js-calls");
  await pause(own);
  assert.deepEqual((await own.calls({ status: "200" })).map((call) => call.operation), ["pauseCampaign"]);
  await assert.rejects(own.verify({ operation: "pauseCampaign", atLeast: 2 }), /there were 1 such calls, not 2 or more/);
  await own.verify({ operation: "resumeCampaign", atMost: 0 });
});

test("what is not possible is said", async () => {
  await assert.rejects(mock.reset("emty"), (error) => {
    assert.ok(error instanceof MockError);
    assert.equal(error.status, 400);
    assert.match(error.message, /did you mean 'empty'/);
    return true;
  });
});

test("what is no session and no mock is said", async () => {
  for (const name of ["", "two words", undefined]) {
    await assert.rejects(mock.session(name), (error) => error instanceof MockError && /is no name of a session/.test(error));
  }
  await assert.rejects(new Mock("http://127.0.0.1:1").records("Campaign"), /there is no mock at http:\/\/127\.0\.0\.1:1/);
  await assert.rejects(mock.reset("zzzzzz"), (error) => error.message.split("valid: ").length === 2);
});

test("handlers for MSW forward to the session", async () => {
  const own = await mock.session("js-msw");
  await pause(own);
  const asked = [];
  const http = { all: (path, resolver) => ({ path, resolver: (info) => (asked.push(info.request.url), resolver(info)) }) };
  const [handler, itself] = own.handlers(http, "https://api.example.com/");
  assert.equal(itself.path, `${server}/*`);
  const meant = new Request(`${server}/__mock/clock`);
  assert.equal(itself.resolver({ request: meant }), undefined); // it goes its way, and nobody is warned
  assert.equal(handler.path, "https://api.example.com/*");
  const request = new Request(`https://api.example.com/api/campaigns/${ID}?a=1`, { headers: auth });
  const answer = await handler.resolver({ request });
  assert.equal((await answer.json()).campaign.status, "paused");
  const made = new Request(`https://api.example.com/api/campaigns/${ID}/resume`, { method: "POST", headers: auth });
  assert.equal((await handler.resolver({ request: made })).status, 200);
  assert.equal(asked.length, 3);
});
