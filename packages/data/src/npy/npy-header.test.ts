import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder, writeTree } from '../testing/image-files.ts';
import { readNpyHeader } from './npy-header.ts';
import { openNpyImages } from './npy-images.ts';

/** numpy.save(file, numpy.zeros((2, 3), '<i8')) of numpy 2.4, without the values. */
const NUMPY = Buffer.from(
  `\x93NUMPY\x01\x00v\x00${"{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117)}\n`,
  'latin1',
);

describe('readNpyHeader', () => {
  it('reads what numpy writes, in versions 1 and 2, and refuses the rest', () =>
    inFolder(async (folder) => {
      const second = Buffer.concat([Buffer.from('\x93NUMPY\x02\x00v\x00\x00\x00', 'latin1'), NUMPY.subarray(10)]);
      const fortran = Buffer.from(NUMPY.toString('latin1').replace('False', 'True '), 'latin1');
      const one = Buffer.from(NUMPY.toString('latin1').replace('(2, 3)', '(2,)  '), 'latin1');
      await writeTree(folder, {
        'a.npy': NUMPY,
        'b.npy': second,
        'c.npy': fortran,
        'd.npy': 'something',
        'e.npy': one,
      });
      const read = (name: string) => readNpyHeader(join(folder, name));
      expect(await read('a.npy')).toEqual({ descr: '<i8', shape: [2, 3], offset: 128 });
      expect(await read('b.npy')).toEqual({ descr: '<i8', shape: [2, 3], offset: 130 });
      expect((await read('e.npy')).shape).toEqual([2]);
      await expect(read('c.npy')).rejects.toThrow(/got one in Fortran order/);
      await expect(read('d.npy')).rejects.toThrow(/got another file/);
      await expect(read('f.npy')).rejects.toThrow(/got ENOENT/);
      const part = { from: 0, count: 2 };
      const open = openNpyImages(join(folder, 'a.npy'), join(folder, 'a.npy'), part, 'set', ['x']);
      await expect(open).rejects.toThrow(/must be uint8 \[at least 2, height, width, 3\], got <i8 \[2, 3\]/);
    }));
});
