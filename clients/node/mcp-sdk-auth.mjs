// The MCP SDK: `auth`, which an MCP client calls when a request was refused, and which refreshes when there is a refresh token.
//
// It does not report an error of most refreshes: it starts the sign-in, by `redirectToAuthorization` of the application, and
// returns REDIRECT. So the verdict is `relogin_required`: whether the user was sent to sign in. (mcp-sdk.mjs has code and text.)
// Worked around: it is given its discovery state, as one that an application has stored. After some errors it registers anew;
// the endpoint answers that, and does not count it.
import { failure, run } from './endpoint.mjs';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { OAuthError } from '@modelcontextprotocol/sdk/server/auth/errors.js';

const CLIENT = { client_id: 'client', redirect_uris: ['http://127.0.0.1/callback'] };

/** The application's part: a store with a refresh token, and a browser. */
function application(origin) {
  const tokens = { access_token: 'old', token_type: 'Bearer', refresh_token: 'example', issuer: origin };
  const stored = { client: { ...CLIENT, issuer: origin }, tokens };
  const endpoints = { authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` };
  const metadata = { issuer: origin, ...endpoints, registration_endpoint: `${origin}/register`, response_types_supported: ['code'] };
  return {
    redirectUrl: CLIENT.redirect_uris[0],
    clientMetadata: { redirect_uris: CLIENT.redirect_uris },
    clientInformation: () => stored.client,
    saveClientInformation: (client) => Object.assign(stored, { client }),
    tokens: () => stored.tokens,
    saveTokens: () => {},
    redirectToAuthorization: () => {},
    saveCodeVerifier: () => {},
    codeVerifier: () => 'example',
    invalidateCredentials: (scope) => delete stored.tokens && scope === 'all' && delete stored.client,
    discoveryState: () => ({
      authorizationServerUrl: origin,
      authorizationServerMetadata: metadata,
      resourceMetadata: { resource: `${origin}/mcp`, authorization_servers: [origin] },
    }),
  };
}

async function ask(url) {
  const { origin } = new URL(url);
  try {
    const outcome = await auth(application(origin), { serverUrl: `${origin}/mcp` });
    return outcome === 'REDIRECT' ? { fields: { relogin_required: true }, shown: null, exception: null } : null;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return failure(error, { relogin_required: false });
  }
}

const registration = (path) => (path === '/register' ? [201, 'application/json', Buffer.from(JSON.stringify(CLIENT))] : null);

await run('@modelcontextprotocol/sdk', ['relogin_required'], ask, registration);
