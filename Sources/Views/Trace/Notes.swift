/// Notes for people, each once.
public enum Notes {
  /// `notes` without those that another one says as well, perhaps with other numbers: `the namespace of 99 processes cannot be
  /// read` beside that of 100. The one that says more stays.
  public static func distinct(_ notes: [String]) -> [String] {
    var result: [(text: String, plain: String)] = []
    for note in notes {
      let plain = note.filter { !$0.isNumber }
      let same = result.firstIndex { other in
        // A few words may be a part of anything.
        let (short, long) = plain.count < other.plain.count ? (plain, other.plain) : (other.plain, plain)
        return short == long || (short.count >= 24 && long.contains(short))
      }
      if let same {
        if plain.count > result[same].plain.count { result[same] = (note, plain) }
      } else {
        result.append((note, plain))
      }
    }
    return result.map(\.text)
  }
}
