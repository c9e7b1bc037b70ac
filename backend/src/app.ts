import { allRefusals } from '@xinbiao/contracts/all';
import { bridgeAddress, bridgeCookie } from '@xinbiao/contracts/identity';
import { phrase, type Refusal } from '@xinbiao/contracts/kernel';
import Koa from 'koa';
import type { House, Identify, State } from './platform/index.ts';
import { Refused, Router, runOff } from './platform/index.ts';
import { openUploads } from './platform/uploads.ts';
import { countAnswers } from './timekeeping/index.ts';
import { openPages } from './pages.ts';
import { describeApi } from './openapi.ts';
import { identify as identifyPeople, routers } from './stages.ts';

/** The middleware in order, then the stages in order. */
export async function buildApp(house: House, identify: Identify = identifyPeople): Promise<Koa<State>> {
  const app = new Koa<State>();
  app.silent = true;
  app.on('error', (fault: unknown) => {
    if (!isParting(fault)) house.report(fault);
  });
  app.use(countAnswers(house));
  app.use(secure(house));
  app.use(await openPages(house));
  app.use(answerRefusals(house));
  app.use(async (ctx, next) => {
    ctx.state.house = house;
    ctx.state.em = house.fork();
    ctx.state.lang =
      ctx.cookies.get('lang') === 'en' || (!ctx.cookies.get('lang') && ctx.acceptsLanguages('zh', 'en') === 'en')
        ? 'en'
        : 'zh';
    if (ctx.get('accept-language') === 'en') ctx.state.lang = 'en';
    // Another site's form can carry the cookie but cannot set a header.
    // Programs that speak RFC 3161 know no header of ours, and what they ask for changes nothing.
    const asksTime = ctx.path === '/api/time/tsa';
    if (!['GET', 'HEAD', 'OPTIONS'].includes(ctx.method) && ctx.get('x-xinbiao') !== '1' && !asksTime)
      throw new Refused([{ code: 'request.forged' }]);
    ctx.state.actor = await identify(ctx, house, ctx.state.em);
    await next();
  });
  app.use(await openUploads(house));
  const api = new Router<State>({ prefix: '/api' });
  for (const router of routers) api.use(router.routes());
  api.use(describeApi(house).routes());
  app.use(api.routes());
  app.use(() => {
    throw new Refused([{ code: 'request.no-such-operation' }]);
  });
  return app;
}

/** Headers that every answer carries: nothing from elsewhere runs, frames or sniffs. */
function secure(house: House): Koa.Middleware<State> {
  const policyOf = (connect: string): string =>
    [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      `connect-src ${connect}`,
      "worker-src 'self'",
      "manifest-src 'self'",
      "frame-src 'self' blob:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      // Text never becomes code: not by a library's mistake, nor by ours. `vue` makes its own static markup.
      "require-trusted-types-for 'script'",
      'trusted-types vue default',
    ].join('; ');
  const policy = policyOf("'self'");
  /** For those who chose a hardware key: the bridge on their own computer, at its one address, and nothing else. */
  const bridgePolicy = policyOf(`'self' ${bridgeAddress}`);
  return async (ctx, next) => {
    ctx.set({
      'content-security-policy': ctx.cookies.get(bridgeCookie) === 'on' ? bridgePolicy : policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      ...(typeof house.config.tls === 'object' ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    });
    await next();
  };
}

/** A refusal becomes a sentence in the reader's language; a fault becomes a number that support can look up. */
function answerRefusals(house: House): Koa.Middleware<State> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (fault) {
      if (ctx.res.headersSent) throw fault;
      // Nobody is there any more to be told, and nothing is wrong here.
      if (isGone(ctx, fault)) return;
      if (!ctx.req.complete && isParting(fault)) {
        ctx.respond = false;
        return;
      }
      runOff(ctx.req);
      const lang = ctx.state.lang ?? 'zh';
      ctx.type = 'application/problem+json';
      if (fault instanceof Refused) {
        ctx.status = Math.max(...fault.reasons.map(({ code }) => allRefusals[code]?.status ?? 409));
        const refusals = fault.reasons.map((reason) => said(reason, lang));
        ctx.body = JSON.stringify({
          type: fault.reasons[0]?.code,
          title: refusals[0]?.sentence,
          status: ctx.status,
          refusals,
        });
        return;
      }
      const incident = house.report(fault);
      ctx.status = 500;
      ctx.body = JSON.stringify({
        type: 'platform.fault',
        title:
          lang === 'zh'
            ? `平台出了故障，这一步没有完成。故障编号 ${incident}。`
            : `The platform failed and this step was not done. Incident ${incident}.`,
        status: 500,
        incident,
      });
    }
  };
}

/** A visitor who closes the tab in the middle of sending or of a download is no incident, and hears nothing any more. */
const isParting = (fault: unknown): boolean =>
  /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|HPE_)/.test(String((fault as { code?: unknown } | null)?.code));

/** Did the visitor leave in the middle of the request? */
const isGone = (ctx: Koa.Context, fault: unknown): boolean =>
  ctx.req.destroyed && !ctx.req.complete && !(fault instanceof Refused);

function said(reason: Refusal, lang: 'zh' | 'en'): Refusal & { sentence: string; law?: string } {
  const wording = allRefusals[reason.code];
  return {
    ...reason,
    sentence: wording ? phrase(wording[lang], reason.facts) : reason.code,
    ...(wording?.law === undefined ? {} : { law: wording.law }),
  };
}
