import { z } from 'zod';
import type { Scope } from './scope.ts';

/**
 * An HTTP operation as data. From these come the typed client, validation in and out, the table of who may
 * call what, and the OpenAPI description. `reply` is also the presenter: what it does not name cannot leave.
 */
export type Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
  Code extends string = string,
> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Koa-router pattern below `/api`, e.g. `/lots/:lotId/releases`. */
  readonly path: `/${string}`;
  /** Who may call: everybody, anybody signed in, or holders of the scope. */
  readonly access: 'public' | 'signed-in' | Scope;
  /** One sentence that promises something; shown in the API description. */
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly reply: Reply;
  /** The refusals of this operation beyond those every operation may give. */
  readonly refusals: readonly Code[];
  /** `json` (default), `bytes`: the body is a raw octet stream; `stream`: the reply is bytes or text/event-stream. */
  readonly wire?: {
    readonly body?: 'bytes';
    /** The type of the bytes, where a standard names another than application/octet-stream. */
    readonly bodyType?: string;
    readonly reply?: 'bytes' | 'events' | 'text';
  };
};

/** Declares an operation; leaving out `access` or `reply` does not compile. */
export function endpoint<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = z.ZodType,
  const Code extends string = never,
>(e: Endpoint<Params, Query, Body, Reply, Code>): Endpoint<Params, Query, Body, Reply, Code> {
  return e;
}

export type ParamsOf<E> = E extends { params?: infer P extends z.ZodType } ? z.output<P> : undefined;
export type QueryOf<E> = E extends { query?: infer P extends z.ZodType } ? z.output<P> : undefined;
export type BodyOf<E> = E extends { body?: infer P extends z.ZodType } ? z.output<P> : undefined;
/** What a caller sends: before defaults and transformations. */
export type BodyInputOf<E> = E extends { body?: infer P extends z.ZodType } ? z.input<P> : undefined;
export type QueryInputOf<E> = E extends { query?: infer P extends z.ZodType } ? z.input<P> : undefined;
export type ReplyOf<E> = E extends { reply: infer R extends z.ZodType } ? z.output<R> : never;
export type CodeOf<E> = E extends { refusals: readonly (infer C)[] } ? C : never;

/** Reply of operations that have nothing to say. */
export const Nothing = z.object({});
