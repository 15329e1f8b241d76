import { gunzipSync } from 'node:zlib';

/** Files that PyTorch 1.13 wrote, gzipped, in base64: made-up numbers of every type, and views that share one storage. */
const FILES = {
  dtypes: [
    'H4sIAAAAAAACA6WWe2xTVRzH712fVLeBAzaQ13joxmPrY21XXHvLdV7By6NcLBZQS9eVtVjb/dozspkYSWRL9ofGZPAnZGhQnBGiJiQqW4ksok',
    'EMBjTE8AeQYJSEmBCNPBLwnHvbyz13QAOcpDk5p+f7+f7O63duSDQYGcZqZSaUaqaG6UR93Yl8c2cMxZq630gLfDWzmS47K94GpiGCGUwylt4G',
    'bBxlc/FkU7QHpdJ5WzSX6OhJpTujKJHJZ3PRHU4bVDQ0RCx4fB6PjHUlwKBIbCuxfoPSZwNjhMVD7GCKGHAd7+4BszgVgWW9yIhG0TQAVtEksg',
    'MwaTAez6bTiThKZTN527pcZyKX6GxPxZENbI0SPIHgSQkqI2SCHdvS2RhyeKAqiWNIlnx5QelWvatlbwdMTsqeU1TPpxTPmsEkQeO/pkkwPWLC',
    'g1MZ5GmBWoq7OpvpUpl1MtMJMzDTjGAmYVaIhgF4WjQQ5iyFORvBHAnmlpguJ8yjmKsySEXWy0gXzMfICgQLZGQ/LBTZflik4J5B8KwEDTKuB/',
    'NaoZGeeh9KqLzFMq8FlmCeAcFSwjP0wzLCa1J4zQjsEjjk7e7IZtPgpHG4S8W5ZJwbWhScu4jzEJxXwbUi8EmwXD4N8t7gNXyOIrZnezrSd0Ns',
    'k5ke8Cs7E1B3hlN2JqhwVyDgJXj+LhevYzvFlbdcxb4gY70gKNgXVexKBbtKwb6EQJRgtXyW8vFYOpazd8IahZtUGK2wFjNYBOswo7FR0YUQrJ',
    'dAknch8WY36oMNlMgHL2MRgyBMjLH1AGzE/tj4FQUQQbBJgs0Rm2ocTeGl2lKk1EUqyHm1w6uK92sa79cRRCXY2tMUEi1W0+Gx9z7F94n8Qve9',
    '+JXMLO3Fb7YLfJ3+2qul7Ugm4B17x2ctfB2s81W5T3unu3j/taPO5Qfa5h8SW36qrxnZe2jNEmIveJ1jDdiA/B5kP5uydwj8jPvab/5h7GfuRM',
    'HOXSzUBhdwHwZuBuKBg9y+gsDt4cZHBwPL2/jRs6Pb/cT/qKnPUd6/Sjd9xwPnf9J4C+ayhGexBj+/bSRAa5n5+Sm+U+B9959fucIWqbfvKMVQ',
    'bCutuWqj5E7ixGksYSfZtUyc06g4XQI/ZWKc5EzfxHzCPc9+Mv7w8295rPkzdyzE+vgX7DUydUMZa56ydgt84NGti+vPEv+v3t01+PD+nsf3x9',
    'Rjm4aPFT4bGVn898KLHK63zxy6UCB28bWnuHA4PG194ZLcPtH0F2n/Gm08yeHmzhX/fiO3k2fHiW5xwx9fknokPuk86Q8PRX8n3CvsrtPy+Fvj',
    '5+T+mi3DpH+k9/IRuV15NUPqPfXOD4hP0PXR/gLhvtU7xJHFOTzTaRnGfwyXWZxF1OJ4Bb6+/OK4d50Y83x7ivNf/r4g/dbMnfrvQmGkrjbIXZ',
    '/PDRb2B678cyNw6ceOwMbWgxzy7yvU2gXu8t7d3J/t46Nntw4GQu/72oY28aNdH58Z/e5ASs4T7t6VTIjEWiZeNxVvq8A7mEfYv1CQeJ47vuAq',
    'eVWNqidzT88VlKdP4P2Pd4AelAenlrx2JHJ5/Hkl8JMnmLlsJPpf9nWFyRtUIUfPkkplah+d6gkuui9MvVj7ZFRSwhsGhn6l9FJttqelvUZa6t',
    'BLtYm8ipJe10sn2GqTK21L3n8q8eul2vxJSxkzLXXppdr8p3PVSVv0Um3qoqVndFK3Xqq92LR0g4WWevRS7R2jpd1WWurVS7VXhZbOm0RLW0vS',
    'e98lbdmtk/r0rtojTp8JxsboLkpINJuXFv+cY1g2wbJUG4qvtWQrPc5m8snKhIsDWLnPZFY0lfJ4Zez/cJ6sbLcNAAA=',
  ],
  viewsLegacy: [
    'H4sIAAAAAAACA4WUW2zbVBjHc2uaeWvJVi7bGKyldKTQhbZJLxvUbtloy87WLS4Xc2mDG581Hm7szz7pZaNSK9b0IqE9TJMQAglNYuJhTKDBhA',
    'YkSJWQ9gAP3ATiASFApYB4KLyA9sCxj1exSlas2IpPvu/3/f9fvnNmAkucdv213n9qT7x1bEd8JnBkNUif0+CLSVGfz2eYOtEzupYex6al6jnw',
    '0wCpiv6iqYRoOI1ziirnILAgcXSRTBk4baknsQXBaQjFpAq6aGV1k0AFCkhB+qbmCIRRSArZDD03CpUolM/fqGmvjsgWBn+G6GYmG0/niapZXN',
    'rEI3lVU9IE5yzdTI+3chCIxaRKm08j5VEMQZbC9Wq6TAbZIgchaRONSSaSHYmWts4kVDgqMkaeqmgeIFCZQj4URpECRFAE+QuwaTFDDWs4Q6hf',
    'iztqKtjEykE1QzjgGkXYTGCLCFXMrynnLEO3sALVWaonG8xurHdLltWJ2nUiKFyArchvl9u2mLVxNQRuFeE2J8vUJ9KWpmYw3O5Bu8OlbU+hKA',
    'ramB1M9U5Gu5PALhHucrLsv43R7vag7XZptSnKCqNgAeoY7R5GqydwrwgNbpdNVaE+93iw7nNZsRS1F7RZjbbEAtzPWA8QaBJhr9M2A5tjeYKV',
    'hAJxD9yDLq6ZtS2AgvPQQsnbUWQeWhkyQSApQpsUoZl40pBztr52D2CHC+y0gSFb2D76hXrdz2APEXhYhC7HK9bwGKZzynuwBJfVnUK7GhtZfg',
    '+BR0Q4IG2hkcc11TCwks7oxhQc3ABp62hPtrYm4VEX0rs+gH2s+f0M+BiBQyIgqdpumGzKY5hgOvgqnoDDHptjPYyDIx7SB9yqR1OIs7tagGOs',
    'aopVFQkMivD4gvPyxDw8KcJT0mZn3yrYoLvd7ot0E7ytvTnR0tHS3glPU3iYwp+xLTnwZ+koUPhzDD5EYFiEtBSmWTls0QmA56dBZtteUy0CI0',
    'OQiXlIV1zpOIViKDIHx5F/DkYZOUtAFeGER+YLbqbmtHoOxuz0HMvUCRgiAHaOKpI3NAymlwLL5ZAU7RlF5G0F44wzQWBShCnk7+u23dDLcUXw',
    'JIGTAwsETq0ffy8uhX3RN7/61eece0P2uXdzHf+GUQls6HMQx5tZDd+/76wWz/9wtbTae67U/2NT6dzur4vRv1f4S3WXBL75jFB1WfzkdOht/j',
    'epX/gmUC9cC38qxD78tvjyF0vF19uvlP5cvlxKbv2d75J/Frat7hG+3PlqsW9lrtQQ/4OvvjpfPPvKldKytO+jwb7Pu2qbwsK1lbWuC6V3heHE',
    'Z8Xl2RGhIz7L98gXhdD5lz7OX/iAb3xvVqjvOcwvDn9XbLD00sj37/P71y7yvutm8afVU3zo0Gm+Zq8o1P1VUzqz9gt/w0e5uHJ1yuks57Ncn8',
    'r1Oez7/zUj0Ec3/dB7ht5vdP8Hjm0j+2kHAAA=',
  ],
};

/** One of these files. */
export const torchFile = (name: keyof typeof FILES): Uint8Array =>
  gunzipSync(Buffer.from(FILES[name].join(''), 'base64'));
