internal import CLinux

/// The command line that this process was started with.
public enum CommandLineWords {
  /// All words, the program's name first, also where `/proc` is not mounted: Swift's own list is empty then.
  public static var all: [String] {
    var words: [String] = []
    while let word = hw_argument(Int32(words.count)) { words.append(String(cString: word)) }
    return words.isEmpty ? CommandLine.arguments : words
  }
}
