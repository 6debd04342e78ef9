import HeadwaterCommands

/// The executable itself has nothing but these calls; the libraries have everything else.
@main struct Headwater {
  // On the main thread, which is the only one when it begins.
  @MainActor static func main() async {
    HeadwaterCommand.giveUpRights()
    await HeadwaterCommand.run()
  }
}
