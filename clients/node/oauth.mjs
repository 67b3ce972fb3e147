// oauth: `OAuth2.getOAuthAccessToken` with the grant type `refresh_token`.
//
// It calls back with `{ statusCode, data }`, where `data` is the body as text. No field has the code or the text of the server;
// `code` is declared all the same, so that there is a verdict to judge: it is always "no code". `data` is what it shows.
// Worked around: nothing.
import { failure, run } from './endpoint.mjs';
import { OAuth2 } from 'oauth';

function ask(url) {
  const { origin, pathname } = new URL(url);
  const client = new OAuth2('client', 'example-secret', origin, '/authorize', pathname);
  return new Promise((resolve, reject) => {
    client.getOAuthAccessToken('example', { grant_type: 'refresh_token' }, (error) => {
      if (!error) resolve(null);
      else if ('statusCode' in error) resolve(failure(error, { code: null }, error.data));
      else reject(error);
    });
  });
}

await run('oauth', ['code'], ask);
