/** Moves a troth mock: one session of it, its records, clock, faults and calls. No dependencies; Node.js 18 or newer. */

const PREFIX = "/__mock/";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What the mock says to a call that it refuses. */
export class MockError extends Error {
  constructor(status, message, valid = []) {
    super(valid.length && !message.includes("valid: ") ? `${message}; valid: ${valid.join(", ")}` : message);
    this.name = "MockError";
    this.status = status;
    this.valid = valid;
  }
}

/** One session of a mock that is being served; without a name that of requests that name none. */
export class Mock {
  #server;
  #token;
  #fetch;

  constructor(server = "http://127.0.0.1:4010", { session = "", token, fetch = globalThis.fetch } = {}) {
    this.#server = String(server).replace(/\/+$/, "");
    this.#token = token;
    this.#fetch = fetch;
    this.name = session;
    this.url = session ? `${this.#server}/~${encodeURIComponent(session)}` : this.#server;
  }

  /** What requests to the server's own URL must send to be of this session. */
  get headers() {
    return this.name ? { "X-Mock-Session": this.name } : {};
  }

  /** A world of its own; begun (again) with a scenario where one is named. */
  async session(name, { scenario } = {}) {
    if (typeof name !== "string" || !NAME.test(name)) {
      const valid = "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit";
      throw new MockError(400, `'${name}' is no name of a session; valid: ${valid}`);
    }
    const found = new Mock(this.#server, { session: name, token: this.#token, fetch: this.#fetch });
    if (scenario !== undefined) await found.reset(scenario);
    return found;
  }

  /** Forget this session, if it has a name. */
  async end() {
    if (this.name) await this.#call("DELETE", `sessions/${encodeURIComponent(this.name)}`);
  }

  /** Start again: records, clock, journal and faults. */
  reset(scenario) {
    return this.#call("POST", "reset", scenario === undefined ? {} : { scenario });
  }

  /** Every record by API and resource. */
  state() {
    return this.#call("GET", "state");
  }

  records(resource) {
    return this.#call("GET", `state/${encodeURIComponent(resource)}`);
  }

  record(resource, id) {
    return this.#call("GET", at(resource, id));
  }

  /** Make a record, or put another in its place; no rule is asked. */
  put(resource, id, data, more = {}) {
    return this.#call("PUT", at(resource, id), { data, ...more });
  }

  /** Change some properties of a record (RFC 7396); no rule is asked. */
  change(resource, id, data, more = {}) {
    return this.#call("PATCH", at(resource, id), { data, ...more });
  }

  delete(resource, id) {
    return this.#call("DELETE", at(resource, id));
  }

  /** The operations that start from the state of a record, and where they lead. */
  moves(resource, id) {
    return this.#call("GET", `${at(resource, id)}/moves`);
  }

  /** Call an operation that moves a record: `{operation, body}`, or put it into a state: `{to}`. */
  move(resource, id, how) {
    return this.#call("POST", `${at(resource, id)}/moves`, how);
  }

  clock() {
    return this.#call("GET", "clock");
  }

  /** Let time pass: seconds, or a duration ("P1DT2H"). */
  advance(time) {
    return this.#call("POST", "clock", { advance: time });
  }

  freeze(still = true) {
    return this.#call("POST", "clock", { freeze: still });
  }

  /** Let time pass up to the next move that comes by itself. */
  nextMove() {
    return this.#call("POST", "clock", { next: true });
  }

  /** Let calls go wrong: `{operation, status, example, delay, cut, rate, times, chance, seconds}`. */
  fault(what) {
    return this.#call("POST", "faults", what);
  }

  /** Nothing goes wrong any more. */
  mend() {
    return this.#call("DELETE", "faults");
  }

  /** The calls that were made, the oldest first: `{operation, method, path, status, unmatched, last}`. */
  calls(such = {}) {
    return this.#call("GET", `journal?${new URLSearchParams(such)}`);
  }

  /** That there were such calls: `{operation, times, atLeast, atMost, body, …}`; throws with those that come near. */
  async verify({ atLeast, atMost, ...such }) {
    if (atLeast !== undefined) such.at_least = atLeast;
    if (atMost !== undefined) such.at_most = atMost;
    const found = await this.#call("POST", "verify", such);
    if (!found.verified) throw new MockError(200, found.says);
    return found;
  }

  save(name = "saved") {
    return this.#call("PUT", `snapshots/${encodeURIComponent(name)}`);
  }

  restore(name = "saved") {
    return this.#call("POST", `snapshots/${encodeURIComponent(name)}/restore`);
  }

  /**
   * Handlers for MSW (`setupServer(...mock.handlers(http, "https://api.example.com"))`): what goes to the API is
   * answered by this session of the mock. `http` is MSW's.
   */
  handlers(http, base) {
    const origin = String(base).replace(/\/+$/, "");
    const forward = async ({ request }) => {
      const headers = new Headers(request.headers);
      for (const name of ["host", "origin", "content-length", "connection", "accept-encoding"]) headers.delete(name);
      const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.arrayBuffer();
      const path = request.url.slice(origin.length);
      const answer = await this.#fetch(this.url + path, { method: request.method, headers, body, redirect: "manual" });
      return new Response(empty(answer.status) ? null : await answer.arrayBuffer(), {
        status: answer.status,
        headers: [...answer.headers].filter(([name]) => name !== "content-encoding" && name !== "transfer-encoding"),
      });
    };
    const own = () => undefined; // calls of the mock itself go their way, and nobody is warned of them
    return [http.all(`${origin}/*`, forward), http.all(`${this.#server}/*`, own)];
  }

  async #call(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    if (this.#token) headers["X-Mock-Token"] = this.#token;
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const answer = await this.#fetch(this.url + PREFIX + path, init).catch((cause) => {
      throw new Error(`there is no mock at ${this.#server}: ${cause.cause?.message || cause.message}`, { cause });
    });
    const said = await answer.json().catch(() => ({ error: answer.statusText }));
    if (!answer.ok) throw new MockError(answer.status, said.error ?? answer.statusText, said.valid);
    return said;
  }
}

function at(resource, id) {
  return `state/${encodeURIComponent(resource)}/${encodeURIComponent(id)}`;
}

function empty(status) {
  return status === 204 || status === 205 || status === 304;
}
