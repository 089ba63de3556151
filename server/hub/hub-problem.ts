/**
 * Why something could not be had from the hub, as a sentence with a remedy. `access`: a token would help or is not enough;
 * `network`: trying again may help; `disk`: room must be made; `refused`: it is not for Skein, whatever is tried.
 */
export class HubProblem extends Error {
  /** By name: Next bundles routes and what they share apart, each with a copy of this class. */
  static override [Symbol.hasInstance](error: unknown): error is HubProblem {
    return error instanceof Error && error.name === 'HubProblem';
  }

  constructor(
    readonly kind: 'access' | 'missing' | 'network' | 'disk' | 'refused',
    says: string,
  ) {
    super(says);
    this.name = 'HubProblem';
  }
}
