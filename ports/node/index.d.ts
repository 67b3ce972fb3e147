/** Whether the user must sign in again, or what else to do. */
export type Action =
  /** The grant behind the refresh token has ended: the user must sign in again. */
  | 'relogin'
  /** The server or the network failed: send the same request again, later. */
  | 'retry'
  /** The client's registration or its request is wrong: a new sign-in does not help. */
  | 'fix_client'
  /** The response does not say: try again, and sign in again if it keeps failing. */
  | 'unknown';

/** The texts of the calling product. They are put into messages unchanged (R49). */
export interface Profile {
  /** The product's name, the first word of each message. */
  readonly product: string;
  /** The programs that may share the user's sign-in (R45). */
  readonly otherClients: string;
  /** One or more sentences that say how to sign in again (R45, R59). */
  readonly signIn: string;
  /** The `code` of a failure for which the server sent none (R43). */
  readonly fallbackCode: string;
}

/** The verdict on a response that is a failure. The object is frozen. */
export interface Failure {
  /** The error code as the server sent it, or the profile's `fallbackCode` (R43). */
  readonly code: string;
  /** The server's text for people, without control characters and secrets, or null (R42). */
  readonly description: string | null;
  readonly action: Action;
  /** Whether `action` is `relogin` (R44). */
  readonly reloginRequired: boolean;
  /** One or two sentences for the user (R45 to R49, R59). */
  readonly message: string;
  /** The seconds that the server asks to wait, at most seven days; null unless `action` is `retry` (R58). */
  readonly retryAfter: number | null;
}

/** The Headers of fetch, pairs of name and value, or an object as in node:http (R50). */
export type HeadersLike =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | null | undefined>>;

export interface Options {
  /** The content type. By default it is taken from the headers; null means that there was none. */
  readonly contentType?: string | null;
  /** The texts of the calling product; `PROFILES.generic` by default. */
  readonly profile?: Profile;
  /** Every secret that the request held, such as the refresh token (R55); none by default. */
  readonly secrets?: readonly string[];
}

export interface Input extends Options {
  /** The HTTP status, from 100 to 999. */
  readonly status: number;
  /** The headers of the response; none by default. */
  readonly headers?: HeadersLike;
  /** The body, after any content encoding was undone. A string is encoded as UTF-8. */
  readonly body: string | Uint8Array | ArrayBuffer;
}

/** The part of a `Response` of fetch that `classifyResponse` uses. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: HeadersLike;
  readonly bodyUsed: boolean;
  clone(): { readonly body: BodyStream | null };
}

/** The part of a `ReadableStream` of bytes that `classifyResponse` uses. */
export interface BodyStream {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array }>;
    cancel(): Promise<void>;
  };
}

/** The built-in profiles. */
export declare const PROFILES: { readonly generic: Profile; readonly codex: Profile };

/**
 * Classifies the response of a token endpoint to a refresh.
 *
 * Returns null when the response is not a failure (R3). Throws a TypeError for an argument of a
 * wrong type, and a RangeError for a status outside of 100 to 999.
 */
export declare function classify(input: Input): Failure | null;

/**
 * Classifies a `Response` of fetch. It reads at most 1 MiB of a clone of the body (R6), so the caller
 * can still read the response itself.
 *
 * Rejects with a TypeError or a RangeError for a wrong argument, and with the error of the body when
 * that cannot be read.
 */
export declare function classifyResponse(response: FetchResponse, options?: Options): Promise<Failure | null>;
