// The certified OpenID provider `oidc-provider` on a free port of this machine,
// for the tests in ../it/interop.rs. It prints its address and
// its clients on one line of JSON, and exits when its standard input is closed, so
// that it does not outlive a killed test.
//
// The provider makes every decision. This file adds the user who signs in, and the
// faults between the caller and the provider:
//   POST /__faults          queues faults for the next token requests (see `meet`)
//   GET /__token_requests   the number of token requests

import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

// The provider prints its defaults to standard output, which this program uses.
console.info = console.warn = () => {};
const { default: Provider } = await import('oidc-provider');

const HOUR = 3600;
const API = 'https://api.example';
const PERSON = 'person-1';
const CONFIDENTIAL = { client_id: 'confidential', client_secret: randomBytes(24).toString('base64url') };
const PUBLIC = { client_id: 'public' };

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const ofAPerson = {
  // The port of a loopback address is ignored for a native application (RFC 8252 §7.3).
  application_type: 'native',
  redirect_uris: ['localhost', '127.0.0.1', '[::1]'].flatMap((host) =>
    ['', '/', '/callback'].map((path) => `http://${host}${path}`),
  ),
  id_token_signed_response_alg: 'ES256',
};
const GRANTS = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];

const provider = new Provider(issuer, {
  clients: [
    {
      ...CONFIDENTIAL,
      ...ofAPerson,
      grant_types: [...GRANTS, 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    },
    { ...PUBLIC, ...ofAPerson, grant_types: GRANTS, token_endpoint_auth_method: 'none' },
  ],
  jwks: { keys: [signingKey()] },
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  // As at Entra, every access token is for the one API, named or not.
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'api:read',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
    // Pages as JSON, because a test is the user.
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (ctx, _form, _out, error) => {
        ctx.body = { page: error?.name ?? 'input', xsrf: ctx.oidc.session.state.secret };
      },
      userCodeConfirmSource: (ctx) => {
        ctx.body = { page: 'confirm', xsrf: ctx.oidc.session.state.secret };
      },
      successSource: (ctx) => {
        ctx.body = { page: 'success' };
      },
    },
  },
  ttl: {
    AccessToken: HOUR,
    AuthorizationCode: 60,
    ClientCredentials: HOUR,
    DeviceCode: 600,
    Grant: 24 * HOUR,
    IdToken: HOUR,
    Interaction: HOUR,
    RefreshToken: 24 * HOUR,
    Session: 24 * HOUR,
  },
});

/**
 * Elliptic, because an RSA key takes long to make. By way of PEM, because Node
 * hangs now and then where the collector meets the maker of a key while that key
 * is being exported: both lock it.
 */
function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), use: 'sig' };
}

/** The person's side: signs in and consents at once, unless the hint is to decline. */
async function interact(request, response) {
  const { params, prompt, session, grantId } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'deny') {
    const declined = { error: 'access_denied', error_description: 'the person declined' };
    return provider.interactionFinished(request, response, declined, { mergeWithLastSubmission: false });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: PERSON } });
  }
  const { accountId } = session;
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/**
 * A fault is one of
 *   { status, headers, body }   answered so; the provider sees nothing
 *   { cut: 'request' }          the connection is cut; the provider sees nothing
 *   { cut: 'answer' }           the provider does its part, and its answer is lost
 * True if the provider is still to see the request.
 */
function meet(fault, request, response) {
  if (fault.cut === 'answer') {
    response.end = () => request.socket.destroy();
    return true;
  }
  if (fault.cut === 'request') {
    request.socket.destroy();
  } else {
    response.writeHead(fault.status, fault.headers).end(fault.body);
  }
  return false;
}

const faults = [];
let tokenRequests = 0;
const provide = provider.callback();

async function handle(request, response) {
  const url = new URL(request.url, issuer);
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /__faults': {
      const body = Buffer.concat(await request.toArray()).toString();
      faults.push(...JSON.parse(body));
      return response.end();
    }
    case 'GET /__token_requests':
      return response.end(String(tokenRequests));
    case 'POST /token': {
      tokenRequests += 1;
      const fault = faults.shift();
      return fault && !meet(fault, request, response) ? undefined : provide(request, response);
    }
    case 'GET /auth':
      // OpenID Core §11 lets a server ignore `offline_access` unless consent is
      // requested, and this one does; Entra does not.
      if (!url.searchParams.has('prompt')) {
        url.searchParams.set('prompt', 'consent');
        request.url = url.pathname + url.search;
      }
      return provide(request, response);
    default:
      return url.pathname.startsWith('/interaction/')
        ? interact(request, response)
        : provide(request, response);
  }
}

server.on('request', (request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
process.stdin.resume().on('end', () => process.exit());
process.stdout.write(`${JSON.stringify({ issuer, confidential: CONFIDENTIAL, public: PUBLIC })}\n`);
