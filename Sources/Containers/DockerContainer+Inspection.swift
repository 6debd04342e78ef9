extension DockerContainer {
  /// The containers that `docker inspect` printed: an array, one object, or one object after the other (`--format`).
  public static func inspections(parsing content: [UInt8]) -> [DockerContainer] {
    DockerObjects.split(content).compactMap { DockerContainer(parsing: $0) }
  }
}

extension DockerNetwork {
  /// The networks that `docker network inspect` printed, with the containers that are in them.
  public static func inspections(parsing content: [UInt8]) -> [(network: DockerNetwork, containers: [DockerContainer])]
  {
    DockerObjects.split(content).flatMap { object in
      (DockerNetwork.list(parsing: [91] + object + [93]) ?? []).map {
        ($0, DockerContainer.attached(to: $0, in: object))
      }
    }
  }
}

/// Finds the outermost JSON objects in a text, whatever is between them. A damaged object is skipped; the others are
/// still found.
enum DockerObjects {
  private static let limit = 100_000

  static func split(_ content: [UInt8]) -> [[UInt8]] {
    var objects: [[UInt8]] = []
    var depth = 0
    var start = 0
    var isText = false
    var isEscaped = false
    for (index, byte) in content.enumerated() where objects.count < limit {
      if isText {
        if isEscaped { isEscaped = false } else if byte == 92 { isEscaped = true } else if byte == 34 { isText = false }
        continue
      }
      switch byte {
      case 34 where depth > 0: isText = true
      case 123:
        if depth == 0 { start = index }
        depth += 1
      case 125 where depth > 0:
        depth -= 1
        if depth == 0 { objects.append(Array(content[start...index])) }
      default: break
      }
    }
    return objects
  }
}
