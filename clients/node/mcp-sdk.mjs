// The MCP SDK: `refreshAuthorization`, the function by which its `auth` refreshes. (mcp-sdk-auth.mjs drives `auth` itself.)
//
// Code and text: `errorCode` and `message` of its OAuthError. A response that it cannot read becomes a ServerError with a message
// of its own ("HTTP 400: Invalid OAuth error response: ..."), which counts as no code and no text. An unknown code becomes a
// ServerError too, with the server's text: its `server_error` is what a caller reads, so it is the verdict.
// Worked around: nothing.
import { failure, run } from './endpoint.mjs';
import { refreshAuthorization } from '@modelcontextprotocol/sdk/client/auth.js';
import { OAuthError, ServerError } from '@modelcontextprotocol/sdk/server/auth/errors.js';

const OWN_WORDS = /^(HTTP [0-9]+: )?(Invalid OAuth error response|redirect)/i;

async function ask(url) {
  const { origin } = new URL(url);
  const endpoints = { issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: url };
  const metadata = { ...endpoints, response_types_supported: ['code'] };
  const clientInformation = { client_id: 'client', client_secret: 'example-secret' };
  try {
    await refreshAuthorization(origin, { metadata, clientInformation, refreshToken: 'example' });
    return null;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    if (error instanceof ServerError && OWN_WORDS.test(error.message)) return failure(error, { code: null, description: null });
    return failure(error, { code: error.errorCode, description: error.message });
  }
}

await run('@modelcontextprotocol/sdk', ['code', 'description'], ask);
