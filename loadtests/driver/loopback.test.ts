import { describe, expect, it } from 'vitest';
import { isLoopback, remoteFault } from './loopback.ts';

describe('where load may go without being allowed to', () => {
  it.each([
    'http://127.0.0.1:8080',
    'http://localhost/',
    '127.0.0.2:5060',
    'http://[::1]:80',
    'ws://LOCALHOST',
  ])('%s is this machine', (target) => expect(isLoopback(target)).toBe(true));

  it.each([
    'http://10.0.0.1:8080',
    'https://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'sip.example.com:5060',
    '',
  ])('%s is not', (target) => {
    expect(isLoopback(target)).toBe(false);
    expect(remoteFault(target)).toContain('ALLOW_REMOTE=1');
  });

  it('has nothing against a target that is not given', () => {
    expect(remoteFault(undefined)).toBeUndefined();
  });
});
