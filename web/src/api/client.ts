/** The one way to the server: requests typed by openapi.json, errors as problems (RFC 9457). */
import createFetch, { type Middleware } from "openapi-fetch";
import createQueries from "openapi-react-query";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** Why a field was refused: pydantic's name for it, and the limits that it names ("max_length": 64). */
export interface Fault {
  type: string;
  limits: Readonly<Record<string, string | number>>;
}

/** What the server says went wrong, and what to do. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** Wrong fields of what was sent: name → what is wrong with it. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** The problem's stable name, "precondition_failed" for one. */
    readonly code = "",
    /** The whole answer, for members that one problem has of its own. */
    readonly body: Readonly<Record<string, unknown>> = {},
    /** Of `fields`, those of which more is known than the English sentence. */
    readonly faults: Readonly<Record<string, Fault>> = {},
  ) {
    super(detail || title);
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {}

const listeners = new Set<() => void>();

/** Called when the server says in the middle of work that nobody is signed in any more. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function asProblem(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // a proxy's page, not ours
  }
  const fields: Record<string, string> = {};
  const faults: Record<string, Fault> = {};
  for (const fault of Array.isArray(body.errors) ? (body.errors as Record<string, unknown>[]) : []) {
    const name = String(fault.field ?? "").replace(/^body\./, "");
    fields[name] = String(fault.message ?? "");
    faults[name] = { type: String(fault.type ?? ""), limits: (fault.limits ?? {}) as Fault["limits"] };
  }
  if (typeof body.field === "string") fields[body.field] ??= String(body.detail ?? "");
  return new Problem(
    response.status,
    String(body.title ?? response.statusText),
    String(body.detail ?? ""),
    fields,
    String(body.code ?? ""),
    body,
    faults,
  );
}

const raise: Middleware = {
  async onResponse({ response, request }) {
    if (response.ok) return undefined;
    if (response.status === 401 && !/\/auth\/(sign-in|me)$/.test(request.url)) for (const listener of listeners) listener();
    throw await asProblem(response);
  },
  onError() {
    return new Unreachable("The server does not answer.");
  },
};

/** `client.GET("/api/v1/tickets", …)`; rejects with Problem or Unreachable, so `data` is there when it resolves. */
export const client = createFetch<paths>({ baseUrl: location.origin, credentials: "same-origin" });
client.use(raise);

/** `api.useQuery("get", "/api/v1/tickets", …)`; the query key is [method, path, init] (see live/hints). */
export const api = createQueries(client);

/** A header that lets the server recognise a repeated create; make it once per intention, not per attempt. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}
