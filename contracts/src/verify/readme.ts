/* The words that lie in every bundle, so that whoever finds it years later knows what it is and how to check it. */

export const readmeZh = `# 这是一份招标项目的证据包

里面是一个招标项目从公告到定标的公开证据，全部是普通文件。不需要网络，不需要本平台，也不需要相信任何人。

- index.json：目录。每个文件是什么，投标按截止文件的顺序排列。
- SHA256SUMS：每个文件的指纹。在本文件夹里运行：sha256sum -c SHA256SUMS
- log/：公开日志的公钥（log.vkey）、检查点（checkpoint）、每条有关的记录（.leaf）和它的证明（.tlog-proof）。
- notice/：公告正文和开标人名单。acts/：签名文件（.json）和签名（.p7s）。
- certificates/、roots/、crls/：签名证书、根证书、吊销列表。
- lots/<包号>/：截止文件、评审结果，以及每份投标的封存清单、签名、公开的报价钥匙和报价密文。
- 有权查看的人拿到的证据包里还有：各阶段钥匙、份额、全部密文、开标人的整批签名、评分表。

核对的办法有三种，结论应当相同：

1. 一条命令：node xinbiao-verify.mjs 本文件.tar
2. 一页 Python（只用标准库和 openssl）：python3 verify.py 本文件.tar
3. 一步一步用 openssl、sha256sum 自己核对：见协议文档 docs/protocol/walk-through.md

根证书和日志公钥请与发证机构、招标文件上印的比对：它们放在包里只是为了方便，不能自己证明自己。
证据包能证明里面的内容是真的；是否有记录没有放进来，要再与公开日志核对（加 --log 网址）。
`;

export const readmeEn = `# This is the evidence of a tender

It holds what a tender's public record says from notice to award, all of it as plain files. No network is needed, nor this platform, nor trust in anybody.

- index.json: the list of contents. Bids are in the order of the close document.
- SHA256SUMS: the fingerprint of every file. In this folder run: sha256sum -c SHA256SUMS
- log/: the key of the public log (log.vkey), its checkpoint, every entry concerned (.leaf) and its proof (.tlog-proof).
- notice/: the notice and the list of officers. acts/: signed documents (.json) and their signatures (.p7s).
- certificates/, roots/, crls/: signing certificates, root certificates, revocation lists.
- lots/<number>/: close document, result of the evaluation, and of every bid its manifest, signature, the published key of its price and the sealed price itself.
- What those entitled are given holds as well: stage keys, shares, all ciphertext, the officers' signed batches, score sheets.

There are three ways to check it, and they must agree:

1. One command: node xinbiao-verify.mjs this-file.tar
2. A page of Python (its own library and openssl): python3 verify.py this-file.tar
3. Step by step with openssl and sha256sum: see docs/protocol/walk-through.md

Compare root certificates and the log's key with what the authority publishes and the tender document prints: they are here for convenience and cannot vouch for themselves.
The bundle proves that what is in it is true; whether an entry was left out of it the public log tells (add --log <url>).
`;
