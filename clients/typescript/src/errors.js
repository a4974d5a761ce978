export class TilegateError extends Error {
  /** @param {string} message @param {ErrorOptions} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class Unreachable extends TilegateError {}

export class Problem extends TilegateError {
  /** @param {import("./errors.js").ProblemDetails} details */
  constructor(details) {
    const where = details.field ? `${details.field}: ` : "";
    const told = details.requestId ? ` (request ${details.requestId})` : "";
    super(`${where}${details.detail} [${details.code}]${told}`);
    this.status = details.status;
    this.code = details.code;
    this.detail = details.detail;
    this.field = details.field;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
  }
}

export class BadInput extends Problem {}
export class Unauthenticated extends Problem {}
export class Forbidden extends Problem {}
export class NotFound extends Problem {}
export class Conflict extends Problem {}
export class Gone extends Problem {}
export class RateLimited extends Problem {}
export class ServerFailed extends Problem {}

/** @type {Record<number, typeof Problem>} */
const BY_STATUS = {
  400: BadInput,
  401: Unauthenticated,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  412: Conflict,
  410: Gone,
  413: BadInput,
  415: BadInput,
  416: BadInput,
  422: BadInput,
  429: RateLimited,
};

/** @param {import("./errors.js").ProblemDetails} details */
export function problemFor(details) {
  const kind = BY_STATUS[details.status] ?? (details.status >= 500 ? ServerFailed : Problem);
  return new kind(details);
}
