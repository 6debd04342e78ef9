import LinuxSystem

private let archive = TapeArchive([
  TapeArchive.Entry(path: "host/conntrack.txt", content: Array("tcp".utf8)),
  TapeArchive.Entry(path: String(repeating: "long/", count: 30) + "x", content: [1]),
]).bytes()

let archiveSubjects: [Subject] = [
  Subject(name: "tar", seeds: [archive]) { input in
    var limits = TapeArchive.Limits()
    limits.totalBytes = 1 << 20
    return (try? TapeArchive(parsing: input, limits: limits))?.entries.count ?? -1
  },
  Subject(name: "gzip", seeds: [(try? Gzip.compress(archive)) ?? []]) {
    (try? Gzip.expand($0, limit: 1 << 20))?.count ?? -1
  },
]
