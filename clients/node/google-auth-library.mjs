// google-auth-library: `OAuth2Client.refreshAccessToken`.
//
// It throws the GaxiosError of its transport. Code and text: `error` and `error_description` of the decoded body, `response.data`;
// for a body whose `error` is an object, the `code` of the GaxiosError, when that is a string, and its `message`, when that is not
// its own ("Request failed with status code 400").
// Worked around: gaxios repeats a refresh up to three times with a back-off by `setTimeout`, which is recorded and not waited for.
import { failure, member, run, skipPauses } from './endpoint.mjs';
import { OAuth2Client, gaxios } from 'google-auth-library';

const OWN_WORDS = /^Request failed with status code [0-9]+$/;
skipPauses('gaxios');

async function ask(url) {
  const client = new OAuth2Client({ clientId: 'client', clientSecret: 'example-secret', endpoints: { oauth2TokenUrl: url } });
  client.setCredentials({ refresh_token: 'example' });
  try {
    await client.refreshAccessToken();
    return null;
  } catch (error) {
    if (!(error instanceof gaxios.GaxiosError)) throw error;
    const body = error.response?.data;
    const nested = typeof body?.error === 'object' && body.error !== null;
    const code = nested ? error.code : member(body, 'error');
    const text = OWN_WORDS.test(error.message) ? null : error.message;
    const description = nested ? text : member(body, 'error_description');
    return failure(error, { code, description });
  }
}

await run('google-auth-library', ['code', 'description'], ask);
