import type { TextCheckpoint } from './text-pool.ts';

/**
 * What `findTextCheckpoints` finds (a test compares): `seed-before` of every block, in base 36.
 */
const ENCODED = `
  ffu18y-0 y0g5w9-q dijhkk-8 w2v3dp-d dqchc3-20 eny20u-5 xg0zr0-1z pfgd9s-x bbyksb-h ywvwup-j drzg4-w gnkzed-b
  zaal0w-1v 9ud02c-3 tkalc5-1b q24t1b-8 2syzyi-1y 7fmulj-14 nz0i17-w efk1te-o i7wzse-i gtgdzt-1v shfnd8-1d vopc98-1u
  y6jn5a-f r999ny-1 hs6tjf-14 2v21xb-l tch47-0 iudfou-g 59027z-14 cwc3th-1o v7jkli-m 67bfko-l knwaqa-o nxzbrw-n
  hwidy2-e ezswuh-1h wnvfl-k vwmesk-1c 3zfk72-1k 5wpwv4-11 omxzi-1m gljejy-2b 8snqmi-17 xmsrng-1h j5adq5-1y jsp3q-17
  el7mqs-12 ynugap-z ghw7y3-a lwsgx1-q terpjt-1c ekp8iu-o vineap-n 6tzasl-j sxim84-6 a0zilh-z t52eul-o gklr8g-y
  rw0244-1c 1bfbtl-10 qbdqgh-14 8uwobn-2 2xqdem-r bag95h-1s vd4sy2-h r3rcei-o agxpse-1a 7s5kqb-h j2mggw-16 k23u59-13
  kzs42l-u jmlu94-7 sywscf-12 grzdcs-1d eczk0q-1f 5ojzrl-g czjc8m-1v 4nw8go-g txzqua-16 9pa8xu-12 9agw9z-i g61met-c
  12ckjl-c b22wny-1n lc3bpj-m m10w4-t 1tsf0u-y sy9rff-2g klrhgz-19 56ql0d-z 9p0e2u-2e zgc0we-g hshdga-o 7fhryd-3
  kztap0-d wiqzss-11 ia9ys1-q sgovfy-3 rnlwdm-16 8l6psi-24 m6o30q-h 5xxjct-4 ucbjc5-s nowep3-o ccplna-6 bemxzk-1w
  hlspmv-y 541lp9-1o ihlpr0-7 kvx5xt-v acyhm8-o 2u5v60-g vlx375-1j lwy7me-1x 6s6j1c-1w svgy3j-l 9b0q0c-1o tsbc8n-1c
  ftrhvo-d k5sxrj-g k3ocjk-z 635s41-2s ruuol0-o 793uzn-6 t9a7k2-4 idmsk2-w xzfisg-1w a9oeka-18 9tkagm-1e rq2ju2-27
  sgtdtd-15 m610hu-t owhfzi-u vq1pod-2 nu4bdp-4 57va9r-3 sjrlzv-1a q9708g-e 3mdol8-a wvpmha-0 oqx3yg-1o snqx0b-19
  rvivkm-u ukl1mq-m 4bc3ro-2w c5vwpl-j na0680-15 4horz5-20 atr76l-w g2v5x6-z ptw5hp-u ecu8th-i acfl3-1f ednyhq-w
  h9icts-s h3q4b6-g m6tiuo-11 2v9gbk-0 1ousrh-1q bwn9yu-16 jg79b2-9 61k3ry-13 kmhzkx-z s26oiy-s l60jyw-n gbhleu-p
  ylwrff-12 e5sof9-5 d8io9b-1z yzi2yk-1i nne4ky-19 c1p7na-h ukvhje-d 315tjd-z n7hzyt-22 kjzkyz-9 p0953o-1 z8ul0s-1p
  9u0s4y-k 5zc9bc-8 j7vcsc-22 p3hqms-g epwm7c-8 uwq7li-c o3q7i5-1r wp8oj-1z y91w00-13 7dbpi3-1g 90cd2g-1o 66xjhg-z
  81cs3n-13 nshvhg-1 81bwns-16 hnpt3y-r ly1wk3-12 b6tixd-q 75hj1j-14 ze4j2j-n gux6pf-l 42vr0k-3 a8lwax-n ze2gs8-w
  fzeq5t-a t6gqq3-6 if6dmf-u gh4goj-1a ia2h1q-1g kw5txf-1d v1wh1i-l xzw0xa-1s yq1ysx-i bh653g-j p1dj9p-2h 4nxahr-h
  yic9js-e 2u5jwq-n 3kaejz-n y7bl1j-16 5f1qlm-1v ropdnp-g och9lf-1 vmv39c-t yu9jyr-8 jejfy2-19 xhs1uj-12 jm6659-9
  i4l4ke-1g 5ahp9v-y 98bvk7-u f2uemc-4 v7s96v-1i v7gu87-25 5ul8n7-h gjkeeb-1h kz0lk0-17 77et3r-a 8hmdou-2 sfzw6t-c
  jvdk5y-12 vao2vt-1u n5cvcn-j un5863-1 ih022t-q fsp584-1f wr9qug-1j 5769rc-8 3dhbms-20 ruygp0-s 4byz9n-x 6fwny7-i
  3m1bzy-11 8h5oel-1c m7bd09-o j6un2z-1c q3njhk-i r47249-1i daaxw3-1i 2ifocn-c gglnzy-1k 43k1pk-16 15llqi-g nwu291-24
  qv4rp0-6 up7nvf-g or0r84-1b 3lrz8y-2t u9pvz1-1m dvonp6-c w8z9jq-11 jy4cv1-1m aq4h7s-1e 39okwo-w 5wj7qv-15 648qlk-s
  awidxf-l xmyu7w-1w f9pgm3-1 t8jps1-l rvz55p-1c a7zq6f-s feluaq-1l oy11vy-1w jc2dzh-1q lk8tih-1i crvu43-13 azw1ww-r
  5ttjjv-h 457pnr-12 soosqi-y upa1af-g 925jc6-o 66d3pu-w sjiyrv-11 9p6g05-1 pvedr6-n k1zq60-1e jof8xt-e kcqnk4-d
`;

export const TEXT_CHECKPOINTS: readonly TextCheckpoint[] = ENCODED.trim()
  .split(/\s+/)
  .map((checkpoint) => {
    const [seed, before] = checkpoint.split('-') as [string, string];
    return { seed: Number.parseInt(seed, 36), before: Number.parseInt(before, 36) };
  });
