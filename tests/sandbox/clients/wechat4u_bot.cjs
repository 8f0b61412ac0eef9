// A bot on the unmodified wechat4u. Prints what it sees, one JSON line each.
// Arguments: the folder that holds node_modules, a picture, a document.
const path = require('path')
const fs = require('fs')
const [, , home, picture, document] = process.argv
const Wechat = require(path.join(home, 'node_modules', 'wechat4u'))

const show = (kind, what) => process.stdout.write(JSON.stringify({ kind, ...what }) + '\n')
const bot = new Wechat()
let listed = false

bot.on('error', error => show('error', { text: String(error && (error.tips || error.message)), more: String(error) }))
bot.on('login', () => show('login', { me: bot.user.NickName }))
bot.on('logout', () => { show('logout', {}); process.exit(0) })
bot.on('contacts-updated', () => {
  const all = Object.values(bot.contacts)
  const rooms = all.filter(each => each.UserName.startsWith('@@') && each.MemberList.length)
  if (listed || !rooms.length || !all.some(each => bot.Contact.isPublicContact(each))) return
  listed = true
  show('friends', { names: all.map(each => each.getDisplayName()) })
  for (const room of rooms) {
    show('room', { name: room.NickName, members: room.MemberList.map(each => each.NickName) })
  }
  show('ready', {})
})

const send = (file, to) => bot.sendMsg({ file: fs.createReadStream(file), filename: path.basename(file) }, to)
const fetched = promise => promise.then(res => show('media', { type: res.type, size: res.data.length, hex: Buffer.from(res.data).toString('hex', 0, 8) }))

bot.on('message', msg => {
  const text = msg.Content
  switch (msg.MsgType) {
    case bot.CONF.MSGTYPE_TEXT:
      if (msg.isSendBySelf) return
      show('text', { text, who: msg.getDisplayTime ? msg.FromUserName : '' })
      if (text === '发图') send(picture, msg.FromUserName).then(() => show('uploaded', {}), error => show('failed', { text: String(error) }))
      else if (text === '发文件') send(document, msg.FromUserName).then(() => show('uploaded', {}), error => show('failed', { text: String(error) }))
      else bot.sendMsg('收到：' + text, msg.FromUserName)
      break
    case bot.CONF.MSGTYPE_IMAGE:
      fetched(bot.getMsgImg(msg.MsgId))
      break
    case bot.CONF.MSGTYPE_APP:
      if (msg.AppMsgType === 6) fetched(bot.getDoc(msg.FromUserName, msg.MediaId, msg.FileName))
      break
    case bot.CONF.MSGTYPE_RECALLED:
      show('recall', { text })
      break
  }
})

bot.start()
