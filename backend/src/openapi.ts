import { allRefusals, endpointsByStage } from '@xinbiao/contracts/all';
import { roleNames, roles, type Endpoint } from '@xinbiao/contracts/kernel';
import { z } from 'zod';
import { Router, type House, type State } from './platform/index.ts';

type Schema = Record<string, unknown>;
const plain = (schema: z.ZodType | undefined, io: 'input' | 'output'): Schema =>
  schema ? (z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema) : {};
const withoutDialect = (schema: Schema): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));

/** The OpenAPI 3.1 description of everything that is served, made from the endpoints themselves. */
export function openApi(house: Pick<House, 'config'>): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const [stage, endpoints] of Object.entries(endpointsByStage))
    for (const [name, endpoint] of Object.entries(endpoints)) {
      const path = endpoint.path.replace(/[:*](\w+)/g, '{$1}');
      (paths[`/api${path}`] ??= {})[endpoint.method.toLowerCase()] = operationOf(stage, name, endpoint);
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Xinbiao',
      version: '0.1.0',
      description: 'Every operation, who may call it, and every reason it may refuse.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: house.config.publicUrl }],
    paths,
    components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'xinbiao' } } },
  };
}

function operationOf(stage: string, name: string, endpoint: Endpoint): Schema {
  const properties = (schema: z.ZodType | undefined, place: 'path' | 'query') => {
    const { properties: fields = {}, required = [] } = plain(schema, 'input') as {
      properties?: Record<string, Schema>;
      required?: string[];
    };
    return Object.entries(fields).map(([field, fieldSchema]) => ({
      name: field,
      in: place,
      required: place === 'path' || required.includes(field),
      schema: fieldSchema,
    }));
  };
  const type = { bytes: 'application/octet-stream', events: 'text/event-stream', text: 'text/plain' } as const;
  const replyType = endpoint.wire?.reply ? type[endpoint.wire.reply] : 'application/json';
  const refusals = Object.groupBy(endpoint.refusals, (code) => String(allRefusals[code]?.status ?? 409));
  return {
    operationId: `${stage}.${name}`,
    tags: [stage],
    summary: endpoint.summary,
    'x-access': endpoint.access,
    'x-roles':
      endpoint.access === 'public'
        ? ['*']
        : roleNames.filter(
            (role) => endpoint.access === 'signed-in' || (roles[role] as readonly string[]).includes(endpoint.access),
          ),
    ...(endpoint.access === 'public' ? {} : { security: [{ session: [] }] }),
    parameters: [...properties(endpoint.params, 'path'), ...properties(endpoint.query, 'query')],
    ...(endpoint.wire?.body === 'bytes'
      ? {
          requestBody: {
            required: true,
            content: {
              [endpoint.wire.bodyType ?? 'application/octet-stream']: { schema: { type: 'string', format: 'binary' } },
            },
          },
        }
      : endpoint.body
        ? {
            requestBody: {
              required: true,
              content: { 'application/json': { schema: withoutDialect(plain(endpoint.body, 'input')) } },
            },
          }
        : {}),
    responses: {
      200: {
        description: 'Done.',
        content: {
          [replyType]: {
            schema: endpoint.wire?.reply ? { type: 'string' } : withoutDialect(plain(endpoint.reply, 'output')),
          },
        },
      },
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, codes = []]) => [
          status,
          {
            description: codes.map((code) => `${code}: ${allRefusals[code]?.en ?? ''}`).join('\n'),
            content: { 'application/problem+json': { schema: { type: 'object' } } },
          },
        ]),
      ),
    },
  };
}

/** `/api/openapi.json`. */
export function describeApi(house: House): Router<State> {
  const router = new Router<State>();
  let text: string | undefined;
  router.get('/openapi.json', (ctx) => {
    text ??= JSON.stringify(openApi(house));
    ctx.type = 'application/json';
    ctx.body = text;
  });
  return router;
}
