/** Base of all errors of this package. */
export declare class TilegateError extends Error {}

/** Nobody answered, or the answer broke off. */
export declare class Unreachable extends TilegateError {}

/** What a problem document (RFC 9457) says. */
export interface ProblemDetails {
  status: number;
  /** What programs look at. */
  code: string;
  /** What people read. */
  detail: string;
  /** The field at fault, where there is one. */
  field?: string | undefined;
  /** What the operator finds it by. */
  requestId?: string | undefined;
  /** Seconds after which trying again makes sense. */
  retryAfter?: number | undefined;
}

/** The service said no. */
export declare class Problem extends TilegateError implements ProblemDetails {
  constructor(details: ProblemDetails);
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
}

/** 400, 413, 415, 416, 422: other input would help. */
export declare class BadInput extends Problem {}
/** 401: the API key, the password or the key of a link is missing or wrong. */
export declare class Unauthenticated extends Problem {}
/** 403: who calls is known, and may not. */
export declare class Forbidden extends Problem {}
/** 404: it is not there, or the caller may not know that it is. */
export declare class NotFound extends Problem {}
/** 409, 412: it is not in a state that allows this. */
export declare class Conflict extends Problem {}
/** 410: the link has expired, was revoked or suspended, or has reached a limit; or what it shared is gone. */
export declare class Gone extends Problem {}
/** 429: too much in too short a time. */
export declare class RateLimited extends Problem {}
/** 500 and above: the service cannot do this now. */
export declare class ServerFailed extends Problem {}

/** Return the error for a status. */
export declare function problemFor(details: ProblemDetails): Problem;
