/** A line typed unseen; Ctrl-C gives up. */
export function typedUnseen(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  // Silence before the question: a quick answer must not be echoed.
  stdin.setRawMode(true).setEncoding('utf8').resume();
  stderr.write(prompt);
  return new Promise((done, fail) => {
    let typed = '';
    const listen = (keys: string): void => {
      for (const key of keys) {
        if (key === '\u0003' || key === '\r' || key === '\n') {
          stdin.setRawMode(false).pause().off('data', listen);
          stderr.write('\n');
          if (key === '\u0003') fail(new Error('已放弃。 Given up.'));
          else done(typed);
          return;
        }
        typed = key === '\u007f' || key === '\b' ? [...typed].slice(0, -1).join('') : typed + key;
      }
    };
    stdin.on('data', listen);
  });
}

/** A secret from the environment or the terminal, never from the command line, where everybody on the machine could read it. */
export async function secretOf(variable: string, prompt: string): Promise<string> {
  const given = process.env[variable];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY)
    throw new Error(`${variable} 没有设置，也没有终端可以输入。 Set ${variable}, or run in a terminal.`);
  return typedUnseen(prompt);
}
