export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface MockRecord {
  id: string;
  data: { [name: string]: Json };
  hidden: { [name: string]: Json };
  parent?: string | null;
}

export type State = { [api: string]: { [resource: string]: MockRecord[] } };

export interface Begun {
  scenario: string;
  records: { [api: string]: { [resource: string]: number } };
}

export interface Move {
  operation: string;
  method: string;
  path: string;
  to: string[];
}

export interface Clock {
  now: string;
  frozen: boolean;
  next: string | null;
}

export interface Fault {
  id?: number;
  operation?: string | string[];
  status?: number;
  example?: string;
  /** Milliseconds, or the least and the most of them. */
  delay?: number | [number, number];
  cut?: boolean;
  /** Bytes of the body a second. */
  rate?: number;
  times?: number;
  chance?: number;
  seconds?: number;
}

export interface Call {
  time: string;
  api: string;
  method: string;
  path: string;
  query: string;
  operation: string | null;
  status: number;
  rule: string;
  at: string | null;
  reason: string;
  headers: { [name: string]: string };
  body: Json;
  answer: Json;
  effects: Json[];
}

export interface Wanted {
  operation?: string;
  method?: string;
  path?: string;
  status?: number;
  query?: { [name: string]: string };
  headers?: { [name: string]: string };
  body?: Json;
  times?: number;
  atLeast?: number;
  atMost?: number;
}

export interface Verified {
  verified: boolean;
  count: number;
  calls: Call[];
  says?: string;
}

export interface Options {
  session?: string;
  token?: string;
  fetch?: typeof globalThis.fetch;
}

/** What the mock says to a call that it refuses. */
export class MockError extends Error {
  readonly status: number;
  readonly valid: string[];
}

/** One session of a mock that is being served. */
export class Mock {
  constructor(server?: string | URL, options?: Options);
  readonly name: string;
  /** What the client under test is given. */
  readonly url: string;
  readonly headers: { [name: string]: string };
  session(name: string, options?: { scenario?: string }): Promise<Mock>;
  end(): Promise<void>;
  reset(scenario?: string): Promise<Begun>;
  state(): Promise<State>;
  records(resource: string): Promise<MockRecord[]>;
  record(resource: string, id: string): Promise<MockRecord>;
  put(resource: string, id: string, data: object, more?: { hidden?: object; parent?: string | null }): Promise<MockRecord>;
  change(resource: string, id: string, data: object, more?: { hidden?: object; parent?: string | null }): Promise<MockRecord>;
  delete(resource: string, id: string): Promise<MockRecord>;
  moves(resource: string, id: string): Promise<Move[]>;
  move(resource: string, id: string, how: { operation: string; body?: Json } | { to: Json }): Promise<MockRecord>;
  clock(): Promise<Clock>;
  advance(time: number | string): Promise<Clock>;
  freeze(still?: boolean): Promise<Clock>;
  nextMove(): Promise<Clock>;
  fault(what: Fault): Promise<Fault[]>;
  mend(): Promise<Fault[]>;
  calls(such?: { [name: string]: string }): Promise<Call[]>;
  verify(wanted: Wanted): Promise<Verified>;
  save(name?: string): Promise<{ state: State }>;
  restore(name?: string): Promise<Begun>;
  /** Handlers for MSW; `http` is MSW's, `base` the URL of the API. */
  handlers<Handler>(http: { all(path: string, resolver: (info: { request: Request }) => Promise<Response>): Handler }, base: string | URL): Handler[];
}
